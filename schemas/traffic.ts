/** What one sensor beside a road told of one interval. */
import { defineSchema, f64, string } from '../engine/records/index.ts'

export const traffic = defineSchema({
  name: 'traffic',
  id: 5,
  version: 1,
  doc: 'What one sensor beside a road told of one interval.',
  key: 'sensor_id',
  deduplicated: false,
  goesStale: false,
  fields: {
    sensor_id: string(31, { doc: 'The sensor, as whoever runs it calls it.' }),
    speed_mph: f64({ nullable: true, doc: 'Mean speed, miles an hour; null where the sensor told none.' }),
    volume: f64({ nullable: true, doc: 'Vehicles that passed.' }),
    occupancy: f64({ nullable: true, doc: 'Share of the time in which a vehicle was above it, 0 to 1.' }),
    latitude: f64({ nullable: true, doc: 'Where it is, degrees north.' }),
    longitude: f64({ nullable: true, doc: 'Where it is, degrees east.' }),
  },
})
