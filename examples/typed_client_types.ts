/** Written by generate_types.ts from the schema and the operations: not to be edited. */

/** An operation with the types of its data and variables. */
export interface Operation<Data, Variables> {
  readonly text: string;
  /** Carry the types; never set. */
  readonly types?: (variables: Variables) => Data;
}

/** The options of `counterfactualPath`. */
export type CounterfactualPathInput = {
  readonly classes?: readonly string[] | null;
  readonly closeLoop?: CounterfactualPathCloseLoop | null;
  readonly dataset?: string | null;
  readonly editor?: EditorChoice | null;
  readonly fit?: Fit | null;
  readonly frames?: number | null;
  readonly image?: string | null;
  readonly index?: number | null;
  readonly neighbors?: number | null;
  readonly probabilities?: readonly number[] | null;
  readonly probe: string;
  readonly reach?: number | null;
  readonly sampler?: CounterfactualPathSampler | null;
  readonly scores?: readonly number[] | null;
  readonly split?: string | null;
  readonly targets?: readonly number[] | null;
  readonly within?: number | null;
};

/** Edit again where the image misses its grade; default: every frame is edited once */
export type CounterfactualPathCloseLoop = {
  readonly iterations?: number | null;
  readonly tolerance?: number | null;
};

/** Exactly one of the editors, with its options. */
export type EditorChoice =
  | {
    readonly gradient: GradientEditorOptions;
    readonly pattern?: never;
    readonly shortest?: never;
  }
  | { readonly pattern: PatternEditorOptions; readonly gradient?: never; readonly shortest?: never }
  | {
    readonly shortest: PatternEditorOptions;
    readonly gradient?: never;
    readonly pattern?: never;
  };

/** The options of `gradient` of the editors. */
export type GradientEditorOptions = {
  readonly maxSteps?: number | null;
  readonly precondition?: boolean | null;
  readonly stepLength?: number | null;
  readonly tolerance?: number | null;
};

/** The options of `pattern` of the editors. */
export type PatternEditorOptions = {
  readonly maxSteps?: number | null;
  readonly tolerance?: number | null;
};

/** How an image of other proportions becomes what the encoder takes: with black around it, its middle cut out, or stretched; default: pad */
export type Fit = "CROP" | "PAD" | "STRETCH";

/** Default: the encoder's own */
export type CounterfactualPathSampler = {
  readonly inversionSteps?: number | null;
  readonly name?: string | null;
  readonly renderSteps?: number | null;
};

/** What `NewestProbe` gives. */
export type NewestProbeData = {
  readonly probes: {
    readonly nodes: readonly ({ readonly id: string; readonly datasetId: string })[];
  };
};

/** What `NewestProbe` is given. */
export type NewestProbeVariables = Readonly<Record<string, never>>;

/** The operation `NewestProbe`. */
export const newestProbe: Operation<NewestProbeData, NewestProbeVariables> = {
  text:
    "query NewestProbe {\n  probes(first: 1) {\n    nodes {\n      id\n      datasetId\n    }\n  }\n}",
};

/** What `UploadImage` gives. */
export type UploadImageData = {
  readonly uploadImage: {
    readonly __typename:
      | "CancelledError"
      | "ConflictError"
      | "ForbiddenError"
      | "FormatError"
      | "InputError"
      | "LimitError"
      | "NotFoundError"
      | "PluginError"
      | "ProviderError"
      | "StorageError"
      | "UnavailableError";
    readonly code:
      | "BAD_FORMAT"
      | "BAD_INPUT"
      | "CANCELLED"
      | "CONFLICT"
      | "FORBIDDEN"
      | "INTERNAL"
      | "LIMIT"
      | "NOT_FOUND"
      | "PLUGIN"
      | "PROVIDER"
      | "STORAGE"
      | "UNAVAILABLE";
    readonly message: string;
    readonly path: readonly string[];
  } | {
    readonly __typename: "StoredImage";
    readonly id: string;
    readonly width: number;
    readonly height: number;
  };
};

/** What `UploadImage` is given. */
export interface UploadImageVariables {
  readonly file: Blob;
}

/** The operation `UploadImage`. */
export const uploadImage: Operation<UploadImageData, UploadImageVariables> = {
  text:
    "mutation UploadImage($file: File!) {\n  uploadImage(file: $file) {\n    __typename\n    ... on StoredImage {\n      id\n      width\n      height\n    }\n    ...Problem\n  }\n}\n\nfragment Problem on Error {\n  code\n  message\n  path\n}",
};

/** What `StartPath` gives. */
export type StartPathData = {
  readonly counterfactualPath: {
    readonly __typename:
      | "CancelledError"
      | "ConflictError"
      | "ForbiddenError"
      | "FormatError"
      | "InputError"
      | "LimitError"
      | "NotFoundError"
      | "PluginError"
      | "ProviderError"
      | "StorageError"
      | "UnavailableError";
    readonly code:
      | "BAD_FORMAT"
      | "BAD_INPUT"
      | "CANCELLED"
      | "CONFLICT"
      | "FORBIDDEN"
      | "INTERNAL"
      | "LIMIT"
      | "NOT_FOUND"
      | "PLUGIN"
      | "PROVIDER"
      | "STORAGE"
      | "UNAVAILABLE";
    readonly message: string;
    readonly path: readonly string[];
  } | { readonly __typename: "CounterfactualPathJob"; readonly id: string };
};

/** What `StartPath` is given. */
export interface StartPathVariables {
  readonly input: CounterfactualPathInput;
}

/** The operation `StartPath`. */
export const startPath: Operation<StartPathData, StartPathVariables> = {
  text:
    "mutation StartPath($input: CounterfactualPathInput!) {\n  counterfactualPath(input: $input) {\n    __typename\n    ... on CounterfactualPathJob {\n      id\n    }\n    ...Problem\n  }\n}\n\nfragment Problem on Error {\n  code\n  message\n  path\n}",
};

/** What `FollowJob` gives. */
export type FollowJobData = {
  readonly jobEvents: {
    readonly __typename: "Cancelled" | "Started" | "TrainingSample";
    readonly number: number;
  } | {
    readonly __typename: "Done";
    readonly number: number;
    readonly result: {
      readonly __typename:
        | "CompareEditorsResult"
        | "DescribeEncoderResult"
        | "EncodeResult"
        | "EvaluateResult"
        | "ExportEncoderResult"
        | "GradeResult"
        | "ImportEncoderResult"
        | "ImportOnnxResult"
        | "InspectDatasetResult"
        | "InterpolateResult"
        | "MapLatentsResult"
        | "NearestImagesResult"
        | "TrainBaselineResult"
        | "TrainEncoderResult"
        | "TrainProbeResult";
    } | {
      readonly __typename: "CounterfactualPathResult";
      readonly adaptation: string | null;
      readonly path: { readonly id: string } | null;
    } | null;
  } | {
    readonly __typename: "Failed";
    readonly number: number;
    readonly error: { readonly message: string };
  } | {
    readonly __typename: "PathFrame";
    readonly number: number;
    readonly frame: {
      readonly targetGrade: number | null;
      readonly imageGrade: number | null;
      readonly image: { readonly url: string } | null;
    };
  } | {
    readonly __typename: "Preview";
    readonly number: number;
    readonly step: number;
    readonly image: { readonly url: string };
  } | {
    readonly __typename: "Progress";
    readonly number: number;
    readonly step: number;
    readonly total: number;
  } | { readonly __typename: "Warning"; readonly number: number; readonly message: string };
};

/** What `FollowJob` is given. */
export interface FollowJobVariables {
  readonly id: string;
  readonly after: number;
}

/** The operation `FollowJob`. */
export const followJob: Operation<FollowJobData, FollowJobVariables> = {
  text:
    "subscription FollowJob($id: ID!, $after: Int!) {\n  jobEvents(id: $id, after: $after) {\n    __typename\n    number\n    ... on Progress {\n      step\n      total\n    }\n    ... on Preview {\n      step\n      image {\n        url\n      }\n    }\n    ... on PathFrame {\n      frame {\n        targetGrade\n        imageGrade\n        image {\n          url\n        }\n      }\n    }\n    ... on Warning {\n      message\n    }\n    ... on Failed {\n      error {\n        message\n      }\n    }\n    ... on Done {\n      result {\n        __typename\n        ... on CounterfactualPathResult {\n          adaptation\n          path {\n            id\n          }\n        }\n      }\n    }\n  }\n}",
};

/** What `FinishedPath` gives. */
export type FinishedPathData = {
  readonly counterfactualPath: {
    readonly animation: { readonly url: string } | null;
    readonly json: { readonly url: string } | null;
  } | null;
};

/** What `FinishedPath` is given. */
export interface FinishedPathVariables {
  readonly id: string;
}

/** The operation `FinishedPath`. */
export const finishedPath: Operation<FinishedPathData, FinishedPathVariables> = {
  text:
    "query FinishedPath($id: ID!) {\n  counterfactualPath(id: $id) {\n    animation {\n      url\n    }\n    json {\n      url\n    }\n  }\n}",
};
