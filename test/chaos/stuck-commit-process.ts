/** A process whose commit hangs once, as on a dead disk: `stuck-commit-process.ts FILE LOG HANGS`. */
import { Failpoints } from '../../engine/runtime/failpoints.ts'
import { pipelinePlan } from '../engine/runtime/pipeline-plan.ts'
import { runEngine } from './run-engine.ts'

const [file, log, hangs] = process.argv.slice(2) as [string, string, string]
const limits = { hangTimeoutMs: 2000, commitTimeoutMs: 1000 }
const plan = pipelinePlan({
  directory: log,
  files: [file],
  lanes: 2,
  barrierIntervalMs: 2,
  sourceRingBytes: 1 << 18,
  limits,
})
const failpoints = Failpoints.create()
if (hangs === 'hangs') failpoints.arm('journal.inCommit', 'hang', { skip: 5 })
const { digest } = await runEngine(plan, failpoints)
console.log(digest)
