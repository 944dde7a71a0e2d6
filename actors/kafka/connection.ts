/** How brokers are reached, and who it is that comes. */
import { readFileSync } from 'node:fs'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import type { KafkaConnection } from './connection-spec.ts'

const CONNECTION_TIMEOUT_MS = 5000
const REQUEST_TIMEOUT_MS = 30_000

export function connectionOf({ brokers, clientId, tls, sasl }: KafkaConnection): KafkaConfig {
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
