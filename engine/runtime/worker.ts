/**
 * The entry of every worker thread: builds the actor's context from its wiring, imports its module and runs it.
 *
 * An error that leaves the actor leaves the thread: the supervisor sees it with the thread's exit and decides.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { SkeinError } from '../errors.ts'
import { Committed } from '../log/committed.ts'
import { type Doorbell, Doorbells } from '../memory/doorbell.ts'
import { Ring } from '../memory/ring.ts'
import { WorkerLog } from '../ops/worker-log.ts'
import { decodeBarrier, NO_BARRIER } from '../records/barrier.ts'
import type { ActorContext, ActorDefinition, BlockingActor, EventedActor, FromActor } from './actor.ts'
import { ControlPort } from './control-port.ts'
import { Failpoints } from './failpoints.ts'
import { ActorState, StatusBoard } from './status-board.ts'
import type { Wiring } from './wiring.ts'

const port = parentPort
if (port === null) throw new Error('engine/runtime/worker.ts is the entry of a worker thread')

const wiring = workerData as Wiring
const bells = new Doorbells(wiring.bells)
const bell = bells.at(wiring.index)
const status = new StatusBoard(wiring.board).at(wiring.index)
const definition = ((await import(wiring.module)) as { default: ActorDefinition<unknown> }).default
const report = (message: FromActor): void => port.postMessage(message)

const upstream = wiring.upstream.map((index) => new StatusBoard(wiring.board).at(index))
const control = new ControlPort(port, status)
const context: ActorContext<unknown> = {
  name: wiring.name,
  options: wiring.options,
  directory: wiring.directory,
  inputs: wiring.inputs.map(({ ring, ...input }) => ({ ...input, ring: new Ring(ring) })),
  outputs: wiring.outputs.map((memory) => new Ring(memory)),
  sources: wiring.sources.map(({ ring, ...source }) => ({ ...source, ring: new Ring(ring) })),
  committedRing: new Ring(wiring.committedRing),
  committed: new Committed(wiring.committed),
  barrier: wiring.barrier === null ? NO_BARRIER : decodeBarrier(wiring.barrier),
  epoch: wiring.epoch,
  runId: wiring.runId,
  lane: wiring.lane,
  lanes: wiring.lanes,
  careful: wiring.careful,
  poison: wiring.poison,
  bell,
  bells,
  status,
  failpoints: new Failpoints(wiring.failpoints),
  log: new WorkerLog(wiring.name, wiring.logLevel),
  counters: wiring.counters,
  report,
  waitUntil,
  upstreamIsDone: () => upstream.every((actor) => actor.state === ActorState.stopped),
}

try {
  if (definition.blocking) runBlocking(definition.setup(context))
  else await runEvented(await definition.setup(context))
} catch (error) {
  report({ type: 'failed', error: SkeinError.from(error).toPlain() }) // with its code, which a thrown error loses
  throw error
}

function runBlocking(actor: BlockingActor): void {
  control.obeyWhenPolled(actor)
  status.state = ActorState.running
  report({ type: 'running' })
  while (!actor.isDone) {
    status.beat()
    control.poll()
    if (actor.step()) continue
    sleep(bell, () => actor.isDone || actor.hasWork(), actor.patienceMs?.() ?? wiring.maxSleepMs)
  }
  actor.close?.()
  status.state = ActorState.stopped
  for (const ring of context.outputs) ring.wakeReaders(bells) // they may be waiting only to see that we have stopped
  report({ type: 'drained' })
  control.close()
}

async function runEvented(actor: EventedActor): Promise<void> {
  const beating = setInterval(() => status.beat(), wiring.maxSleepMs)
  control.listen(actor, () => bells.ring(wiring.index))
  status.beat()
  status.state = ActorState.running
  report({ type: 'running' })
  await actor.run()
  status.state = ActorState.stopped
  clearInterval(beating)
  report({ type: 'drained' })
  control.close()
}

/** Arms the bell, looks once more, and sleeps. Control messages ring the bell as well. */
function sleep(bell: Doorbell, ready: () => boolean, timeoutMs: number): void {
  bell.arm()
  if (ready() || control.isPending) bell.disarm()
  else bell.sleep(Math.min(timeoutMs, wiring.maxSleepMs))
}

function waitUntil(ready: () => boolean): void {
  while (!ready()) {
    status.beat()
    control.poll()
    sleep(bell, ready, wiring.maxSleepMs)
  }
}
