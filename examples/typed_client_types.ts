/** Written by generate_types.ts from the schema and the operations: not to be edited. */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type CounterfactualPathCalibration =
  | 'REGRESSION'
  | 'RELATIVE'
  | 'TYPICAL';

export type CounterfactualPathCloseLoop = {
  readonly by?: CounterfactualPathCloseLoopBy | null | undefined;
  readonly iterations?: number | null | undefined;
  readonly tolerance?: number | null | undefined;
};

export type CounterfactualPathCloseLoopBy =
  | 'JUDGE'
  | 'PROBE';

export type CounterfactualPathInput = {
  readonly calibration?: CounterfactualPathCalibration | null | undefined;
  readonly center?: ReadonlyArray<number> | null | undefined;
  readonly classes?: ReadonlyArray<string> | null | undefined;
  readonly closeLoop?: CounterfactualPathCloseLoop | null | undefined;
  readonly dataset?: string | null | undefined;
  readonly editor?: EditorChoice | null | undefined;
  readonly extrapolate?: boolean | null | undefined;
  readonly fit?: Fit | null | undefined;
  readonly foreign?: boolean | null | undefined;
  readonly frames?: number | null | undefined;
  readonly fresh?: boolean | null | undefined;
  readonly hold?: ReadonlyArray<string> | null | undefined;
  readonly holdStrength?: number | null | undefined;
  readonly image?: string | null | undefined;
  readonly index?: number | null | undefined;
  readonly intensity?: string | null | undefined;
  readonly judge?: JudgeChoice | null | undefined;
  readonly mask?: string | null | undefined;
  readonly neighbors?: number | null | undefined;
  readonly probabilities?: ReadonlyArray<number> | null | undefined;
  readonly probe: string;
  readonly reach?: number | null | undefined;
  readonly rectangle?: ReadonlyArray<number> | null | undefined;
  readonly region?: CounterfactualPathRegion | null | undefined;
  readonly sampler?: CounterfactualPathSampler | null | undefined;
  readonly scores?: ReadonlyArray<number> | null | undefined;
  readonly seed?: number | null | undefined;
  readonly spacing?: number | null | undefined;
  readonly split?: string | null | undefined;
  readonly stepFactor?: number | null | undefined;
  readonly targets?: ReadonlyArray<number> | null | undefined;
  readonly uninformative?: boolean | null | undefined;
  readonly within?: number | null | undefined;
};

export type CounterfactualPathRegion =
  | 'AUTO'
  | 'NONE'
  | 'PROPOSED';

export type CounterfactualPathSampler = {
  readonly inversionSteps?: number | null | undefined;
  readonly name?: string | null | undefined;
  readonly renderSteps?: number | null | undefined;
  readonly residual?: boolean | null | undefined;
};

export type EditorChoice =
  {   readonly gradient: GradientEditorOptions; readonly pattern?: never; readonly raw?: never; readonly shortest?: never; }
  |  { readonly gradient?: never;   readonly pattern: PatternEditorOptions; readonly raw?: never; readonly shortest?: never; }
  |  { readonly gradient?: never; readonly pattern?: never;   readonly raw: RawEditorOptions; readonly shortest?: never; }
  |  { readonly gradient?: never; readonly pattern?: never; readonly raw?: never;   readonly shortest: PatternEditorOptions; };

export type ErrorCode =
  | 'BAD_FORMAT'
  | 'BAD_INPUT'
  | 'CANCELLED'
  | 'CONFLICT'
  | 'FORBIDDEN'
  | 'INTERNAL'
  | 'LIMIT'
  | 'NOT_FOUND'
  | 'PLUGIN'
  | 'PROVIDER'
  | 'STORAGE'
  | 'UNAVAILABLE';

export type Fit =
  | 'CROP'
  | 'PAD'
  | 'STRETCH';

export type GradientEditorOptions = {
  readonly maxSteps?: number | null | undefined;
  readonly precondition?: boolean | null | undefined;
  readonly stepLength?: number | null | undefined;
  readonly tolerance?: number | null | undefined;
};

export type ImportJudgeOutput =
  | 'GRADE'
  | 'LOGITS'
  | 'ORDINAL'
  | 'PROBABILITIES';

export type JudgeChoice =
  {   readonly kserve: KserveJudgeOptions; readonly network?: never; readonly onnx?: never; readonly probe?: never; }
  |  { readonly kserve?: never;   readonly network: NetworkJudgeOptions; readonly onnx?: never; readonly probe?: never; }
  |  { readonly kserve?: never; readonly network?: never;   readonly onnx: OnnxJudgeOptions; readonly probe?: never; }
  |  { readonly kserve?: never; readonly network?: never; readonly onnx?: never;   readonly probe: ProbeJudgeOptions; };

export type KserveJudgeOptions = {
  readonly model: string;
};

export type NetworkJudgeOptions = {
  readonly classifier: string;
  readonly threads?: number | null | undefined;
};

export type OnnxJudgeOptions = {
  readonly classNames?: ReadonlyArray<string> | null | undefined;
  readonly featuresName?: string | null | undefined;
  readonly imageRange?: ReadonlyArray<number> | null | undefined;
  readonly imageShape?: ReadonlyArray<number> | null | undefined;
  readonly inputName?: string | null | undefined;
  readonly mean?: ReadonlyArray<number> | null | undefined;
  readonly model: string;
  readonly output?: ImportJudgeOutput | null | undefined;
  readonly outputName?: string | null | undefined;
  readonly positiveFrom?: number | null | undefined;
  readonly std?: ReadonlyArray<number> | null | undefined;
};

export type PatternEditorOptions = {
  readonly maxSteps?: number | null | undefined;
  readonly tolerance?: number | null | undefined;
};

export type ProbeJudgeOptions = {
  readonly probe: string;
};

export type RawEditorOptions = {
  readonly maxSteps?: number | null | undefined;
  readonly step?: number | null | undefined;
  readonly tolerance?: number | null | undefined;
};

export type NewestProbeQueryVariables = Exact<{ [key: string]: never; }>;


export type NewestProbeQuery = { readonly probes: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly datasetId: string | null }> } | null };

export type UploadImageMutationVariables = Exact<{
  file: Blob;
}>;


export type UploadImageMutation = { readonly uploadImage: { readonly image: { readonly id: string, readonly width: number, readonly height: number } | null, readonly errors: ReadonlyArray<
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
    > } | null };

export type StartPathMutationVariables = Exact<{
  input: CounterfactualPathInput;
}>;


export type StartPathMutation = { readonly counterfactualPath: { readonly job: { readonly id: string } | null, readonly errors: ReadonlyArray<
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
      | { readonly code: ErrorCode, readonly message: string, readonly path: ReadonlyArray<string> }
    > } | null };

export type FollowJobSubscriptionVariables = Exact<{
  id: string;
  after: number;
}>;


export type FollowJobSubscription = { readonly jobEvents:
    | { readonly __typename: 'Cancelled', readonly number: number }
    | { readonly __typename: 'Done', readonly number: number, readonly result:
        | { readonly __typename: 'AuditProbeResult' }
        | { readonly __typename: 'CompareEditorsResult' }
        | { readonly __typename: 'CounterfactualPathResult', readonly adaptation: string | null, readonly path: { readonly id: string } | null }
        | { readonly __typename: 'DescribeEncoderResult' }
        | { readonly __typename: 'EncodeResult' }
        | { readonly __typename: 'EvaluateResult' }
        | { readonly __typename: 'ExportEncoderResult' }
        | { readonly __typename: 'GradeResult' }
        | { readonly __typename: 'ImportEncoderResult' }
        | { readonly __typename: 'ImportJudgeResult' }
        | { readonly __typename: 'ImportOnnxResult' }
        | { readonly __typename: 'InspectDatasetResult' }
        | { readonly __typename: 'InterpolateResult' }
        | { readonly __typename: 'MapLatentsResult' }
        | { readonly __typename: 'MeasureBandsResult' }
        | { readonly __typename: 'NearestImagesResult' }
        | { readonly __typename: 'ReconstructResult' }
        | { readonly __typename: 'TrainBaselineResult' }
        | { readonly __typename: 'TrainEncoderResult' }
        | { readonly __typename: 'TrainProbeResult' }
       | null }
    | { readonly __typename: 'Failed', readonly number: number, readonly error:
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
        | { readonly message: string }
       }
    | { readonly __typename: 'PathFrame', readonly number: number, readonly frame: { readonly targetGrade: number | null, readonly imageGrade: number | null, readonly image: { readonly url: string } | null } }
    | { readonly __typename: 'Preview', readonly step: number, readonly number: number, readonly image: { readonly url: string } }
    | { readonly __typename: 'Progress', readonly step: number, readonly total: number, readonly number: number }
    | { readonly __typename: 'Queued', readonly number: number }
    | { readonly __typename: 'Started', readonly number: number }
    | { readonly __typename: 'TrainingSample', readonly number: number }
    | { readonly __typename: 'Warning', readonly message: string, readonly number: number }
   };

export type FinishedPathQueryVariables = Exact<{
  id: string;
}>;


export type FinishedPathQuery = { readonly counterfactualPath: { readonly animation: { readonly url: string } | null, readonly json: { readonly url: string } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const NewestProbeDocument = new TypedDocumentString(`
    query NewestProbe {
  probes(first: 1) {
    nodes {
      id
      datasetId
    }
  }
}
    `) as unknown as TypedDocumentString<NewestProbeQuery, NewestProbeQueryVariables>;
export const UploadImageDocument = new TypedDocumentString(`
    mutation UploadImage($file: File!) {
  uploadImage(file: $file) {
    image {
      id
      width
      height
    }
    errors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<UploadImageMutation, UploadImageMutationVariables>;
export const StartPathDocument = new TypedDocumentString(`
    mutation StartPath($input: CounterfactualPathInput!) {
  counterfactualPath(input: $input) {
    job {
      id
    }
    errors {
      code
      message
      path
    }
  }
}
    `) as unknown as TypedDocumentString<StartPathMutation, StartPathMutationVariables>;
export const FollowJobDocument = new TypedDocumentString(`
    subscription FollowJob($id: ID!, $after: Int!) {
  jobEvents(id: $id, after: $after) {
    __typename
    number
    ... on Progress {
      step
      total
    }
    ... on Preview {
      step
      image {
        url
      }
    }
    ... on PathFrame {
      frame {
        targetGrade
        imageGrade
        image {
          url
        }
      }
    }
    ... on Warning {
      message
    }
    ... on Failed {
      error {
        message
      }
    }
    ... on Done {
      result {
        __typename
        ... on CounterfactualPathResult {
          adaptation
          path {
            id
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FollowJobSubscription, FollowJobSubscriptionVariables>;
export const FinishedPathDocument = new TypedDocumentString(`
    query FinishedPath($id: ID!) {
  counterfactualPath(id: $id) {
    animation {
      url
    }
    json {
      url
    }
  }
}
    `) as unknown as TypedDocumentString<FinishedPathQuery, FinishedPathQueryVariables>;
