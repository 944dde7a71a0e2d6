/**
 * What zod found, as problems with a place and a way out.
 *
 * A schema's own checks raise `custom` issues. A message that starts with "must" continues the option's name, and what came
 * is added to it; any other stands by itself. Their `params` may say `next`, what to do, and `reason`, from the closed list.
 */
import type { z } from 'zod'
import { adviceFor } from './advice.ts'
import type { Bound } from './bind.ts'
import type { Environment } from './environment.ts'
import type { IssueParams, Place, Problem, ProblemReason } from './problem.ts'
import { looksSecret } from './secret-source.ts'
import { type Shape, shapeAt } from './shape.ts'
import { type ConfigNode, formatPath, locate, type Path } from './tree.ts'
import { expectation, rangeOf } from './words.ts'

type Issue = z.core.$ZodIssue
type Words = Pick<Problem, 'reason' | 'message' | 'next'>
type Context = {
  readonly root: ConfigNode
  readonly shape: Shape
  readonly bound: Bound
  readonly environment: Environment
}

export function problemsOf(issues: readonly Issue[], context: Context): Problem[] {
  return issues.flatMap((issue) => new IssueReader(issue, context).problems())
}

class IssueReader {
  readonly #issue: Issue
  readonly #context: Context
  readonly #path: Path
  readonly #node: ConfigNode
  readonly #keyPlace: Place
  readonly #shape: Shape
  readonly #missing: boolean

  constructor(issue: Issue, context: Context) {
    this.#issue = issue
    this.#context = context
    this.#path = issue.path.filter((step) => typeof step !== 'symbol')
    const { node, keyPlace, depth } = locate(context.root, this.#path)
    this.#node = node
    this.#keyPlace = keyPlace
    this.#missing = depth < this.#path.length
    this.#shape = shapeAt(context.shape, this.#path) ?? {}
  }

  problems(): Problem[] {
    if (this.#isSettled()) return []
    if (this.#issue.code === 'invalid_union' && !this.#missing) {
      const inner = closestBranch(this.#issue)
      if (inner !== undefined) {
        const { path } = this.#issue
        return problemsOf(
          inner.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
          this.#context,
        )
      }
    }
    const isAbsent = this.#missing && (this.#issue.code !== 'custom' || this.#params().reason === 'missing_key')
    const words = isAbsent ? this.#missingOption() : this.#words()
    const atKey = this.#missing || /_key$/.test(words.reason) || this.#issue.code === 'invalid_key'
    return [{ place: atKey ? this.#keyPlace : this.#node.place, ...words }]
  }

  #isSettled(): boolean {
    const { settled, misspelt } = this.#context.bound
    if (this.#params().reason === 'missing_key' && misspelt.has(formatPath(this.#path))) return true
    return this.#path.some((_, i) => settled.has(formatPath(this.#path.slice(0, i + 1))))
  }

  #params(): IssueParams {
    return this.#issue.code === 'custom' ? (this.#issue.params ?? {}) : {}
  }

  #missingOption(): Words {
    const parent = this.#path.slice(0, -1)
    const where = parent.length === 0 ? '' : ` to ${formatPath(parent)}`
    return {
      reason: 'missing_key',
      message: `missing option "${this.#path.at(-1)}"`,
      next: `add it${where}: ${expectation(this.#shape)}`,
    }
  }

  #words(): Words {
    const issue = this.#issue
    switch (issue.code) {
      case 'custom':
        return this.#custom(issue.message)
      case 'unrecognized_keys':
        return { reason: 'unknown_key', message: `unknown option "${issue.keys.join(', ')}"`, next: 'remove it' }
      case 'invalid_key':
        return { reason: 'wrong_value', message: `${this.#name()} cannot be a name here`, next: this.#nameAdvice() }
      case 'invalid_value':
        return this.#mismatch('wrong_value')
      case 'invalid_union':
        return this.#mismatch(issue.discriminator === undefined ? 'wrong_type' : 'wrong_value')
      case 'too_small':
      case 'too_big':
      case 'not_multiple_of':
        return this.#outOfRange('origin' in issue && /number|int/.test(issue.origin) ? 'be' : 'have')
      case 'invalid_type':
        return this.#mismatch('wrong_type')
      default:
        return this.#mismatch('wrong_value')
    }
  }

  #custom(message: string): Words {
    const { reason = 'wrong_value', next } = this.#params()
    if (message.startsWith('must ')) return this.#says(reason, message, this.#got(), next)
    return { reason, message, next: next ?? `correct ${this.#name()}` }
  }

  #mismatch(reason: ProblemReason): Words {
    return this.#says(reason, `must be ${expectation(this.#shape)}`, this.#got())
  }

  #says(reason: ProblemReason, requirement: string, got: string, next?: string): Words {
    return {
      reason,
      message: `${this.#name()} ${requirement}, got ${got}`,
      next: next ?? adviceFor(this.#node, this.#shape, reason, this.#context.environment),
    }
  }

  /** The option with its list index, as it is written in `--set`. */
  #name(): string {
    const from = this.#path.findLastIndex((step) => typeof step === 'string')
    return this.#path.length === 0 ? 'the configuration' : `"${this.#path.slice(Math.max(from, 0)).join('.')}"`
  }

  #isHidden(): boolean {
    const names = this.#node.kind === 'scalar' ? (this.#node.substitution?.names ?? []) : []
    return names.some((name) => looksSecret(name) || this.#context.bound.secretVariables.has(name))
  }

  #got(): string {
    const node = this.#node
    if (node.kind === 'map') return 'a mapping'
    if (node.kind !== 'scalar') return 'a list'
    if (this.#isHidden()) return 'a value that is not shown'
    if (node.value === null) return 'nothing'
    if (typeof node.value !== 'string') return String(node.value)
    return `text ${JSON.stringify(node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value)}`
  }

  /** A number must `be`, text and lists must `have`. */
  #outOfRange(verb: 'be' | 'have'): Words {
    const node = this.#node
    const count =
      node.kind === 'list' ? node.items.length : node.kind === 'scalar' ? String(node.value).length : undefined
    const range = rangeOf(this.#shape) || 'another size'
    const got = verb === 'have' && count !== undefined ? String(count) : this.#got()
    return this.#says('out_of_range', `must ${verb} ${range}`, got)
  }

  #nameAdvice(): string {
    const names = shapeAt(this.#context.shape, this.#path.slice(0, -1))?.propertyNames
    return names?.form === undefined ? 'choose another' : `use ${names.form}`
  }
}

/** The branch of a union that the value was meant for: its type fits and something in it does not. */
function closestBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const isMismatch = ({ code, path }: Issue) =>
    path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
  const fitting = issue.errors.filter((branch) => branch.length > 0 && !branch.some(isMismatch))
  return fitting.toSorted((a, b) => a.length - b.length)[0]
}
