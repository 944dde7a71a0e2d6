import { describe, expect, test } from 'vitest'
import { MemoryMap } from '../../../engine/runtime/memory-map.ts'
import { SourceSlots } from '../../../engine/runtime/source-slots.ts'
import { pipelinePlan } from './pipeline-plan.ts'

const THREADS = 3

function slotsOf(...companies: (string | null)[]) {
  const plan = pipelinePlan({ directory: '/nowhere', files: [] })
  plan.sourceThread.count = THREADS
  const slots = new SourceSlots(new MemoryMap(plan), { count: THREADS })
  const add = (company: string | null, id: number) => slots.add({ ...plan.sources[0]!, name: `s${id}`, company }, id)
  return { slots, add, threads: companies.map((company, i) => add(company, i + 1).thread) }
}

describe('sources', () => {
  test('are spread over the threads', () => {
    expect(slotsOf(null, null, null, null).threads).toEqual([0, 1, 2, 0])
  })

  test('that share something are together, whatever comes between them', () => {
    expect(slotsOf('tiles', null, 'tiles', null, 'tiles', null).threads).toEqual([0, 1, 0, 2, 0, 1])
  })

  test('that come when the others have left begin anew', () => {
    const { slots, add } = slotsOf('tiles', null)
    slots.named('s1')!.isLeaving = true
    expect(add('tiles', 3).thread).toBe(0)
    expect(add('tiles', 4).thread).toBe(0)
    slots.named('s3')!.isLeaving = true
    slots.named('s4')!.isLeaving = true
    add(null, 5)
    expect(add('tiles', 6).thread).toBe(2)
  })
})
