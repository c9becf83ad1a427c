type Env = Readonly<Record<string, string | undefined>>

/** What the demo must know about a provider before it starts. */
export interface Provider {
  /** The display name of its SDK. */
  readonly client: string
  /** How to use the real service. */
  readonly realService: string
  /** Whether there is a key for the real service. */
  isConfigured(env: Env): boolean
  /** The address of the real service. */
  host(env: Env): string
  /** Sends its client to a stand-in. */
  standInEnv(url: string): Record<string, string>
}

const openai: Provider = {
  client: 'openai',
  realService: 'OPENAI_API_KEY=… npm run demo',
  isConfigured: env => Boolean(env.OPENAI_API_KEY),
  host: env => env.OPENAI_BASE_URL ?? 'OpenAI',
  standInEnv: url => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'none' }),
}

const bedrock: Provider = {
  client: 'AWS',
  realService: 'AWS_PROFILE=… AWS_REGION=… npm run demo -- --provider bedrock',
  isConfigured: env => Boolean(env.AWS_ACCESS_KEY_ID ?? env.AWS_PROFILE ?? env.AWS_BEARER_TOKEN_BEDROCK),
  host: env => `Amazon Bedrock in ${env.AWS_REGION ?? 'the region of the profile'}`,
  standInEnv: url => ({
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  }),
}

const anthropic: Provider = {
  client: 'Anthropic',
  realService: 'ANTHROPIC_API_KEY=… npm run demo -- --provider anthropic',
  isConfigured: env => Boolean(env.ANTHROPIC_API_KEY),
  host: env => env.ANTHROPIC_BASE_URL ?? 'Anthropic',
  standInEnv: url => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'none' }),
}

const providers: Readonly<Record<string, Provider>> = { openai, bedrock, anthropic }

export function providerNamed(name: string): Provider {
  const provider = providers[name]
  if (provider) return provider
  throw new Error(`There is no provider "${name}". Name one of: ${Object.keys(providers).join(', ')}.`)
}
