// What client and server share.

export { errorOfResponse, statusOf, type WireError } from './errors.ts'
export { fieldsOf, pathSegment, queryText, textOfSegment } from './parameters.ts'
export { type Route, type RouteName, routes, type Scope } from './routes.ts'
export { longestTarget, longTarget } from './targets.ts'
