/**
 * What every part of the engine may say, and how it looks: one JSON object a line, fields in this order.
 *
 *   {"level":"warn","time":1700000000000,"component":"journal", …details…, "msg":"the disk is full"}
 *
 * Time is epoch milliseconds. A line whose details hold an `error` is limited by its code (`repeats.ts`).
 */
import { type PlainError, SkeinError } from '../errors.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type Severity = Exclude<LogLevel, 'silent'>

/** Plain data, and under `error` anything that was thrown. */
export type LogDetails = { readonly error?: unknown; readonly [key: string]: unknown }

export interface Log {
  debug(message: string, details?: LogDetails): void
  info(message: string, details?: LogDetails): void
  warn(message: string, details?: LogDetails): void
  error(message: string, details?: LogDetails): void
}

/** Details with a thrown value as plain data: code, message, stack, causes. */
export function plainDetails(details: LogDetails): { readonly [key: string]: unknown } {
  return details.error === undefined ? details : { ...details, error: plainErrorOf(details.error) }
}

/** What repeats are counted by: the error's code, or its text where it has none. */
export function repeatKeyOf(message: string, details: LogDetails): string {
  const error = details.error
  if (error === undefined) return message
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code)
  return String(error)
}

function plainErrorOf(thrown: unknown): PlainError {
  if (thrown instanceof SkeinError) return thrown.toPlain()
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const { code } = error as { code?: unknown }
  const plain = { name: error.name, message: error.message, stack: error.stack ?? '' }
  return typeof code === 'string' ? { ...plain, code } : plain
}
