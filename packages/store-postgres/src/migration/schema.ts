import { blobsSchema } from '../blobs/blobs-schema.ts'
import { budgetsSchema } from '../budgets/budgets-schema.ts'
import { changesSchema } from '../changes/changes-schema.ts'
import { cohortsSchema } from '../cohorts/cohorts-schema.ts'
import { copyingSchema } from '../copying/copying-schema.ts'
import { healthSchema } from '../health/health-schema.ts'
import { historySchema } from '../history/history-schema.ts'
import { eventsSchema } from '../records/events-schema.ts'
import { spansSchema } from '../records/spans-schema.ts'
import { removalSchema } from '../removal/removal-schema.ts'
import { reviewsSchema } from '../reviews/reviews-schema.ts'
import { runsSchema } from '../runs/runs-schema.ts'
import { searchSchema } from '../searched-texts/search-schema.ts'
import { testRunsSchema } from '../test-runs/test-runs-schema.ts'
import { quartersSchema } from '../usage/quarters-schema.ts'
import { viewsSchema } from '../views/views-schema.ts'

// Every row that a read as of a revision needs has `id` (order of arrival), `xid` (the transaction that wrote it) and
// `received_at` (milliseconds since the Unix epoch, by the clock of the server). See history/moment.ts.
//
// Texts in an index are `COLLATE "C"`: they compare by bytes, whatever the locale of the server.

const metaSchema = `
  CREATE TABLE @meta (key text PRIMARY KEY, value text NOT NULL);
  CREATE SEQUENCE @ids;
`

/** One part for each room. */
const version1: readonly string[] = [
  metaSchema,
  historySchema,
  changesSchema,
  eventsSchema,
  spansSchema,
  blobsSchema,
  runsSchema,
  quartersSchema,
  removalSchema,
  testRunsSchema,
  viewsSchema,
  healthSchema,
  cohortsSchema,
  reviewsSchema,
  searchSchema,
  budgetsSchema,
  copyingSchema,
]

/** Forward only: the first creates version 1, each further one the next version. Never edit a released one. */
export const migrations: readonly string[] = [version1.join('\n')]
