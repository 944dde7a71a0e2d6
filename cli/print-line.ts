/** Writes a line to standard output, no faster than its reader takes it: memory does not grow with what is printed. */
export async function printLine(line: string): Promise<void> {
  if (process.stdout.write(`${line}\n`)) return
  await new Promise<void>((resolve) => process.stdout.once('drain', () => resolve()))
}
