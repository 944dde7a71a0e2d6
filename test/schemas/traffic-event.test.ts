import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trafficEventAvro } from '../../schemas/traffic-event.ts'

test('traffic-event.avsc is what goes to Kafka', async () => {
  const file = join(import.meta.dirname, '../../schemas/traffic-event.avsc')
  await expect(`${JSON.stringify(trafficEventAvro, null, 2)}\n`).toMatchFileSnapshot(file)
})
