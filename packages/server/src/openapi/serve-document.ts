let text: Promise<string> | undefined

/** The response for `/v1/openapi.json`. The document is made with the first request: zod is not loaded before. */
export async function documentResponse(): Promise<Response> {
  text ??= documentText()
  return new Response(await text, { headers: { 'content-type': 'application/json' } })
}

async function documentText(): Promise<string> {
  const { openApiDocument } = await import('./document.ts')
  return JSON.stringify(openApiDocument())
}
