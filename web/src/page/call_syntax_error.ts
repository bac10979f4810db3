/** The text is not a call that the console knows. */
export class CallSyntaxError extends Error {
  override name = 'CallSyntaxError';
}
