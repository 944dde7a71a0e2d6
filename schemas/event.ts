/** Anything that has an id: a JSON document that passes through unparsed. */
import { defineSchema, json, string, text } from '../engine/records/index.ts'

export const event = defineSchema({
  name: 'event',
  id: 3,
  version: 1,
  doc: 'Anything that has an id, with its payload as it came.',
  key: 'id',
  deduplicated: false,
  goesStale: false,
  fields: {
    id: text({ doc: 'Identifier, unique within its source.' }),
    source: text({ doc: 'What it is about or where it was made, as its sender says.' }),
    payload: json({ doc: 'The JSON document, byte for byte as it came.' }),
    api_version: string(15, { doc: 'Version of the interface that took it in.' }),
  },
})
