// The one error of every reader in formats/: a sentence that says what was expected and where. Carries no content of the input.

/** Thrown only when nothing of the input can be read; smaller faults are counted in SpanBatch.rejected and named in its warnings. */
export class FormatError extends Error {
  readonly kind = 'badData';
  /** Byte offset of the fault in the input, -1 where there is none. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.name = 'FormatError';
    this.offset = offset;
  }
}
