import { callSchemas } from './call-schemas.ts'
import { clientPaths } from './client-paths.ts'
import { errorComponents } from './errors.ts'
import { callPaths } from './operations.ts'
import { otherPaths } from './other-paths.ts'

const description = `Records come in and queries are answered for the project of the request's key.

A parameter of a URL that is no text is JSON: \`limit=20\`, \`groupBy=["day"]\`. A text that could be mistaken for JSON, such as \`5\`,
is written as JSON, too: \`contextKey="5"\`. Bodies may have content-encoding gzip or deflate.`

const keyScheme = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A key of a project, as `runtape keys create` prints it. Its scopes are ingest, read, replay and admin; admin includes all others.',
}

/** The OpenAPI 3.1 document of the server. */
export function openApiDocument() {
  const schemas = callSchemas()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Runtape',
      version: '1',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: pathsOf(callPaths(schemas), clientPaths, otherPaths),
    components: {
      schemas: schemas.components,
      responses: errorComponents(),
      securitySchemes: { key: keyScheme },
    },
  }
}

/** Groups may have other methods of one path. */
function pathsOf(...groups: readonly Readonly<Record<string, object>>[]): Record<string, object> {
  const paths: Record<string, object> = {}
  for (const [path, methods] of groups.flatMap(group => Object.entries(group)))
    paths[path] = { ...paths[path], ...methods }
  return paths
}
