import { bitfabRoutes } from './bitfab/routes.ts'
import type { ClientRoute } from './client-route.ts'
import { launchDarklyRoutes } from './launchdarkly/routes.ts'
import { otlpRoutes } from './otlp/routes.ts'

/** The protocols of clients that exist. */
export const clientRoutes: readonly ClientRoute[] = [...otlpRoutes, ...launchDarklyRoutes, ...bitfabRoutes]
