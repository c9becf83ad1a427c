import type { ClientRoute } from './client-route.ts'

/** The protocols of clients that exist. */
export const clientRoutes: readonly ClientRoute[] = []
