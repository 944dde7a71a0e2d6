/** What whoever comes to Kafka is told of it. */
import { z } from 'zod'
import { path, secret } from '../../engine/config/spec.ts'

export const topicName = () =>
  z
    .string()
    .regex(/^[\w.-]{1,249}$/)
    .refine((name) => name !== '.' && name !== '..', 'is no name that Kafka takes')

const sasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).describe('How the brokers want it.'),
    username: secret().describe('The account.'),
    password: secret().describe('Its password.'),
  })
  .describe('Who comes.')

const tls = z
  .strictObject({
    ca: path().optional().describe('Certificates that are trusted, PEM; those that Node knows unless given.'),
    cert: path().optional().describe('The certificate to show, PEM.'),
    key: secret().optional().describe('Its key, PEM.'),
  })
  .describe('Encrypts; `{}` for what Node trusts.')

/** Options of a component, beside its own. */
export const connectionOptions = {
  brokers: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/)
    .describe('Some of the brokers, `host:port`, with commas between them.'),
  clientId: z.string().min(1).max(200).default('skein').describe('As whom the brokers know it.'),
  tls: tls.optional(),
  sasl: sasl.optional(),
}

const connection = z.object(connectionOptions)

export type KafkaConnection = z.output<typeof connection>
