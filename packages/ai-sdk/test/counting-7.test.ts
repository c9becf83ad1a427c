import { countsOnce } from './beneath.ts'
import { tracksMetrics } from './track-metrics.ts'

countsOnce(7)
tracksMetrics(7)
