// How the calls of the `Store` contract go over HTTP. One table for client and server: a call that is not in it does not exist.

/** A call of the store as a request. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/v1`. Its `:parameters` are the first arguments. */
  readonly path: string
  /** The other arguments: `query` is one object, whose fields are the parameters of the URL; a list has their names. */
  readonly takes: 'query' | 'body' | readonly string[]
  /** The scope that a key needs. */
  readonly scope: Scope
}

/** What a key may do. `admin` may do everything. */
export type Scope = 'ingest' | 'read' | 'replay' | 'admin'

const read = (path: string, takes: Route['takes'] = 'query'): Route => ({
  method: 'GET',
  path,
  takes,
  scope: 'read',
})

const write =
  (method: Route['method'], scope: Scope) =>
  (path: string, takes: Route['takes'] = 'body'): Route => ({ method, path, takes, scope })

const [post, put, patch, remove] = [
  write('POST', 'replay'),
  write('PUT', 'replay'),
  write('PATCH', 'replay'),
  write('DELETE', 'replay'),
]
const administer = write('POST', 'admin')
const review = write('POST', 'replay')

/** The members of a store, such as `runs.get`. */
export const routes = {
  'runs.get': read('/runs/:runId'),
  'runs.list': read('/runs'),
  'runs.usage': read('/usage'),
  'runs.facets': read('/facets'),
  'traces.list': read('/traces'),
  'traces.get': read('/traces/:traceId'),
  'traces.getSpan': read('/traces/:traceId/spans/:spanId'),
  'traces.skeleton': read('/traces/:traceId/skeleton'),
  'traces.payload': read('/traces/:traceId/spans/:spanId/payload'),
  'traces.search': read('/traces/:traceId/search'),
  'testRuns.start': post('/test-runs'),
  'testRuns.list': read('/test-runs'),
  'testRuns.get': read('/test-runs/:testRunId'),
  'testRuns.complete': post('/test-runs/:testRunId/complete', ['status', 'result']),
  'testRuns.putItem': post('/test-runs/:testRunId/items'),
  'testRuns.putLate': post('/test-runs/:testRunId/late'),
  'testRuns.items': read('/test-runs/:testRunId/items'),
  'testRuns.item': read('/test-runs/:testRunId/item', ['identity', 'options']),
  'testRuns.putVerdict': put('/test-runs/:testRunId/verdicts/:traceId'),
  'testRuns.withdrawVerdict': remove('/test-runs/:testRunId/verdicts/:traceId', 'query'),
  'testRuns.verdicts': read('/test-runs/:testRunId/verdicts'),
  'cohorts.create': post('/cohorts/:name'),
  'cohorts.change': patch('/cohorts/:name'),
  'cohorts.get': read('/cohorts/:name'),
  'cohorts.list': read('/cohorts'),
  'cohorts.versions': read('/cohorts/:name/versions'),
  'cohorts.entries': read('/cohorts/:name/entries'),
  'cohorts.remove': remove('/cohorts/:name', []),
  'reviews.put': review('/reviews'),
  'reviews.list': read('/reviews'),
  'reviews.withdraw': review('/reviews/withdraw'),
  'reviews.queue': read('/reviews/queue'),
  'reviews.next': review('/reviews/next'),
  'reviews.release': review('/reviews/release'),
  'reviews.progress': read('/reviews/progress'),
  'budgets.put': write('PUT', 'admin')('/budgets'),
  'budgets.list': read('/budgets'),
  'budgets.remove': write('DELETE', 'admin')('/budgets/:name', []),
  'budgets.state': read('/budgets/state'),
  'budgets.check': administer('/budgets/check', []),
  'budgets.crossings': read('/budgets/crossings'),
  'views.put': put('/views'),
  'views.list': read('/views'),
  'views.get': read('/views/:name'),
  'views.remove': remove('/views/:name', ['version']),
  'health.get': read('/health'),
  'health.report': write('POST', 'ingest')('/health'),
  revision: read('/revision', []),
  changes: read('/changes'),
  search: read('/search'),
  append: write('POST', 'ingest')('/records'),
  prune: administer('/prune', ['query', 'options']),
  erase: administer('/erase', ['target', 'options']),
} satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes
