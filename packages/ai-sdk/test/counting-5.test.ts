import { countsOnce } from './beneath.ts'
import { tracksMetrics } from './track-metrics.ts'

countsOnce(5)
tracksMetrics(5)
