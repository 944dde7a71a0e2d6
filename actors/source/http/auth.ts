/** Who asks: how a configuration says it. Secrets come from variables or files; where none of them is set, nobody in particular asks. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Secret, secret } from '../../../engine/config/spec.ts'

const headerName = () => z.string().regex(/^[A-Za-z0-9-]{1,64}$/)
const parameter = () => z.string().regex(/^[\w.-]{1,64}$/)

const KINDS = {
  basic: z
    .strictObject({
      username: secret().optional().describe('The account.'),
      password: secret().optional().describe('Its password.'),
    })
    .describe('A name and a password (RFC 7617).'),
  header: z
    .strictObject({
      name: headerName().default('Authorization').describe('The header that holds the key.'),
      prefix: z.string().max(64).default('').describe('What stands before it, as `Bearer `.'),
      value: secret().optional().describe('The key.'),
    })
    .describe('A key in a header.'),
  query: z
    .strictObject({
      name: parameter().describe('The parameter that holds the key.'),
      value: secret().optional().describe('The key.'),
    })
    .describe('A key in the address.'),
  hmac: z
    .strictObject({
      key: secret().optional().describe('The key, which is sent.'),
      secret: secret().optional().describe('The secret, which signs.'),
      keyHeader: headerName().describe('The header that holds the key.'),
      algorithm: z.enum(['sha256', 'sha512']).default('sha256').describe('The hash.'),
      timestamp: parameter().default('timestamp').describe('The parameter for the time, in milliseconds.'),
      signature: parameter().default('signature').describe('The parameter for the signature, in hexadecimal digits.'),
    })
    .describe('A signed query, as exchanges want it.'),
  oauth2: z
    .strictObject({
      tokenUrl: z.url({ protocol: /^https?$/ }).describe('Where tokens are given.'),
      clientId: secret().optional().describe('The client.'),
      clientSecret: secret().optional().describe('Its secret.'),
      scope: z.string().max(1024).optional().describe('What the token is to be good for.'),
    })
    .describe('Client credentials (RFC 6749, 4.4): a token that is renewed before it ends.'),
}

type Kind = keyof typeof KINDS

export const authSpec = z
  .strictObject({
    basic: KINDS.basic.optional(),
    header: KINDS.header.optional(),
    query: KINDS.query.optional(),
    hmac: KINDS.hmac.optional(),
    oauth2: KINDS.oauth2.optional(),
  })
  .superRefine((auth, context) => {
    const kinds = Object.keys(auth).filter((kind) => auth[kind as Kind] !== undefined)
    if (kinds.length !== 1)
      context.addIssue({ code: 'custom', message: `must have one of ${Object.keys(KINDS).join(', ')}` })
    const missing = SECRETS[kinds[0] as Kind]?.filter((name) => secretsOf(auth)[name] === undefined) ?? []
    if (missing.length > 0 && secretsIn(auth).length > 0)
      context.addIssue({ code: 'custom', path: [kinds[0]!], message: `${missing.join(' and ')} must be set too` })
  })

export type Auth = z.output<typeof authSpec>

const SECRETS: Readonly<Record<Kind, readonly string[]>> = {
  basic: ['username', 'password'],
  header: ['value'],
  query: ['value'],
  hmac: ['key', 'secret'],
  oauth2: ['clientId', 'clientSecret'],
}
/** Names of an account rather than proofs of it: two sources with one of these share its limits. */
const IDENTIFIES: Readonly<Record<Kind, string>> = {
  basic: 'username',
  header: 'value',
  query: 'value',
  hmac: 'key',
  oauth2: 'clientId',
}

const kindOf = (auth: Auth): Kind => Object.keys(auth).find((kind) => auth[kind as Kind] !== undefined) as Kind

const secretsOf = (auth: Auth): Record<string, unknown> => ({ ...auth[kindOf(auth)] })

function secretsIn(auth: Auth): Secret[] {
  return Object.values(secretsOf(auth)).filter((value) => value instanceof Secret)
}

/** Undefined when nobody in particular asks. */
export function authInUse(auth: Auth | undefined): Auth | undefined {
  return auth !== undefined && secretsIn(auth).length > 0 ? auth : undefined
}

/** The parameters that it puts into each address. */
export function parametersOf(auth: Auth | undefined): string[] {
  const { query, hmac } = authInUse(auth) ?? {}
  return [query?.name, hmac?.timestamp, hmac?.signature].filter((name) => name !== undefined)
}

/** Tells accounts apart, and nothing more of them. */
export function credentialOf(auth: Auth | undefined): string {
  const used = authInUse(auth)
  if (used === undefined) return 'anonymous'
  const identity = secretsOf(used)[IDENTIFIES[kindOf(used)]] as Secret
  return createHash('sha256').update(identity.reveal()).digest('hex').slice(0, 16)
}

/** What somebody whom a provider does not know has to set: variables or files that are, options that are not. */
export function toSetFor(auth: Auth | undefined): string[] {
  if (auth === undefined) return ['auth']
  const kind = kindOf(auth)
  return SECRETS[kind].map((name) => {
    const value = secretsOf(auth)[name]
    if (!(value instanceof Secret)) return `auth.${kind}.${name}`
    return 'variable' in value.origin ? value.origin.variable : value.origin.file
  })
}
