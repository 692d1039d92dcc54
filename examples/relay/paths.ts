/**
 * What a Relay client asks: a list to page through in both directions, a refetchable probe, a mutation and a subscription. Relay's
 * compiler turns this into artifacts against `server/schema.graphql`:
 *
 *     npx relay-compiler examples/relay/relay.config.json
 */

/** Relay's compiler reads the text that stands behind this name. */
export function graphql(parts: TemplateStringsArray): string {
  return parts.join("");
}

/** The paths of a probe, page by page. */
export const PATHS = graphql`
  fragment paths_list on Query
    @refetchable(queryName: "pathsListQuery")
    @argumentDefinitions(
      probe: { type: "ID" }
      first: { type: "Int", defaultValue: 20 }
      after: { type: "String" }
      last: { type: "Int" }
      before: { type: "String" }
    ) {
    paths(probe: $probe, first: $first, after: $after, last: $last, before: $before)
      @connection(key: "paths_list_paths", filters: ["probe"]) {
      totalCount
      edges {
        node {
          id
          title
          frames {
            targetGrade
            imageGrade
            image {
              url
            }
          }
        }
      }
    }
  }
`;

/** A probe that can be asked for again, by its id alone. */
export const PROBE = graphql`
  fragment paths_probe on Probe @refetchable(queryName: "pathsProbeQuery") {
    title
    scale {
      names
    }
  }
`;

/** The whole view. */
export const VIEW = graphql`
  query pathsViewQuery($probe: ID!) {
    probe(id: $probe) {
      ...paths_probe
    }
    ...paths_list @arguments(probe: $probe)
  }
`;

/** Starts a path. */
export const START = graphql`
  mutation pathsStartMutation($input: CounterfactualPathInput!) {
    counterfactualPath(input: $input) {
      job {
        id
        state
      }
      errors {
        __typename
        message
        path
      }
    }
  }
`;

/** Deletes a path; Relay takes it out of the list. */
export const DELETE = graphql`
  mutation pathsDeleteMutation($id: ID!, $connections: [ID!]!) {
    deleteArtifact(id: $id) {
      deletedId @deleteEdge(connections: $connections) @deleteRecord
      errors {
        message
      }
    }
  }
`;

/** Follows a job. */
export const FOLLOW = graphql`
  subscription pathsFollowSubscription($id: ID!, $after: Int!) {
    jobEvents(id: $id, after: $after) {
      __typename
      number
      ... on Progress {
        step
        total
        message
      }
      ... on Warning {
        message
      }
      ... on Done {
        result {
          ... on CounterfactualPathResult {
            path {
              id
            }
          }
        }
      }
    }
  }
`;
