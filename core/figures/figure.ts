/** A figure: rows of pictures with words, a bar of colors, a caption. */

/** A picture as both kinds of files need it. */
export interface FigurePicture {
  /** Its pixels as a PNG, as `data:image/png;base64,…`. */
  readonly href: string;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Red, green and blue of every pixel, row by row, 0 to 255: what a PDF is made of. */
  readonly pixels?: Uint8Array;
}

/** A line of words below a picture. */
export interface FigureLine {
  /** One line; longer ones are cut. */
  readonly text: string;
  /** How it looks; default: plain. */
  readonly tone?: "strong" | "quiet" | "wrong";
}

/** A picture with what is said about it. */
export interface FigureCell {
  /** What is seen. */
  readonly picture: FigurePicture;
  /** From the top. */
  readonly lines?: readonly FigureLine[];
}

/** Pictures beside each other. */
export interface FigureRow {
  /** Stands on the left; may have several lines. */
  readonly name?: string;
  /** From the left; where there is none the place stays empty. */
  readonly cells: readonly (FigureCell | undefined)[];
}

/** A figure to publish. */
export interface Figure {
  /** What it is, in one line; it is in the file but not in the picture. */
  readonly title: string;
  /** From the top. */
  readonly rows: readonly FigureRow[];
  /** The colors of differences: full color at ± this difference of intensity, with what that is. */
  readonly bar?: { readonly range: number; readonly label: string };
  /** Below the pictures, as many lines as it takes. */
  readonly caption?: string;
  /** An address that shows the figure's content again. */
  readonly link?: string;
}

/** How a figure is drawn. */
export interface FigureLook {
  /** Its width, in px of 1/96 inch; default: 680, two columns of a journal. */
  readonly width?: number;
  /** The most that a picture is wide, px; default: 128. */
  readonly cell?: number;
  /** Whether pixels blend into each other; default: they stay squares. */
  readonly smooth?: boolean;
}
