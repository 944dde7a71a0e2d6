/** kafkajs as a program of one's own would use it: `node plain-kafkajs.mjs BROKERS TOPIC FILE PER_SEND` sends lines, prints records a second. */
import { readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'

const [brokers, topic, file, perSend] = process.argv.slice(2)
const values = readFileSync(file, 'utf8').split('\n').slice(0, -1)
const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer()
await producer.connect()
const startedMs = performance.now()
for (let at = 0; at < values.length; at += Number(perSend)) {
  const messages = values.slice(at, at + Number(perSend)).map((value, i) => ({ key: `e${at + i}`, value }))
  await producer.sendBatch({ acks: -1, topicMessages: [{ topic, messages }] })
}
console.log((1000 * values.length) / (performance.now() - startedMs))
await producer.disconnect()
