import * as newest from '@aws-sdk/client-bedrock-runtime'
import newestManifest from '@aws-sdk/client-bedrock-runtime/package.json' with { type: 'json' }
import * as oldest from 'bedrock-runtime-3.587'
import oldestManifest from 'bedrock-runtime-3.587/package.json' with { type: 'json' }

/** The oldest supported version of the SDK, and the newest. */
export const sdks = [
  { version: oldestManifest.version, sdk: oldest },
  { version: newestManifest.version, sdk: newest },
] as const
