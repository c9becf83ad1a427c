export {
  type RuntapeEmbeddingMiddleware,
  type RuntapeMiddleware,
  runtapeEmbeddingMiddleware,
  runtapeMiddleware,
} from './middleware.ts'
export { type RuntapeTelemetry, runtapeTelemetry } from './telemetry.ts'
export { type TracedToolsOptions, tracedTools } from './traced-tools.ts'
export { trackAiSdkMetrics } from './track-metrics.ts'
export { usageFromAiSdk } from './usage.ts'
