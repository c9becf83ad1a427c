import type { ClientRoute } from '../clients/client-route.ts'
import { clientRoutes } from '../clients/client-routes.ts'
import { errorResponses } from './errors.ts'
import { securityOf } from './operations.ts'

const pathOf = ({ path }: ClientRoute): string => path.replace(/:(\w+)/g, '{$1}')

/** The routes that speak the protocols of other clients, whose bodies those protocols describe. */
export const clientPaths = Object.fromEntries(
  clientRoutes.map(route => [pathOf(route), { [route.method.toLowerCase()]: operationOf(route) }]),
)

function operationOf(route: ClientRoute) {
  const { id, summary, scope, method } = route
  const names = [...pathOf(route).matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  return {
    ...{ operationId: id, summary, tags: ['clients'], security: securityOf(scope) },
    ...(names.length > 0 && { parameters: names.map(parameter) }),
    ...(method === 'POST' && { requestBody: { required: true, content: { '*/*': {} } } }),
    responses: {
      '2XX': { description: 'As the client expects it.' },
      ...errorResponses([400, 401, 403, 404, 409, 413, 429, 500, 503, 504]),
    },
  }
}

function parameter(name: string | undefined) {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}
