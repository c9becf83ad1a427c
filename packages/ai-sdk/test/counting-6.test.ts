import { countsOnce } from './beneath.ts'
import { tracksMetrics } from './track-metrics.ts'

countsOnce(6)
tracksMetrics(6)
