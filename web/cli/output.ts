/** Where the command writes, so that tests can read it. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Whether escape sequences are understood on stdout. */
  readonly colour: boolean;
}

/** Exit codes of the command, documented in --help. */
export const kExitMatch = 0;
export const kExitDiffers = 1;
export const kExitUsage = 2;

function painted(code: number, text: string, on: boolean): string {
  return on ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Colours only mark what the words say already. */
export function good(text: string, output: Output): string {
  return painted(32, text, output.colour);
}

export function bad(text: string, output: Output): string {
  return painted(31, text, output.colour);
}

export function dim(text: string, output: Output): string {
  return painted(2, text, output.colour);
}
