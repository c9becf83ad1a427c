import { raw } from '../database/sql.ts'

/** The time of the server's clock, in milliseconds since the Unix epoch. Take it after the lock `append`. */
export const receivedNow = raw('floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint')
