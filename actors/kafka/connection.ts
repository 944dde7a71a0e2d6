/** How brokers are reached, and who it is that comes. */
import { readFileSync } from 'node:fs'
import { Kafka, type KafkaConfig, logLevel, type RetryOptions, type SASLOptions } from 'kafkajs'
import type { WorkerLog } from '../../engine/ops/worker-log.ts'
import type { KafkaConnection } from './connection-spec.ts'

const CONNECTION_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 30_000

/** A client that says what it has to say in our log. */
export function kafkaFor(connection: KafkaConnection, retry: RetryOptions, log: WorkerLog): Kafka {
  return new Kafka({
    ...connectionOf(connection),
    retry,
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log: { message, timestamp, logger, ...more } }) =>
        log.debug(`kafkajs: ${message}`, more),
  })
}

function connectionOf({ brokers, clientId, tls, sasl }: KafkaConnection): KafkaConfig {
  return {
    clientId,
    brokers: brokers.split(','),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...(tls !== undefined && {
      ssl: {
        ...(tls.ca !== undefined && { ca: readFileSync(tls.ca) }),
        ...(tls.cert !== undefined && { cert: readFileSync(tls.cert) }),
        ...(tls.key !== undefined && { key: tls.key.reveal() }),
      },
    }),
    ...(sasl !== undefined && {
      sasl: {
        mechanism: sasl.mechanism,
        username: sasl.username.reveal(),
        password: sasl.password.reveal(),
      } as SASLOptions,
    }),
  }
}
