import { answer, type ChatHost, delta, done, sse } from './wire.ts'

// The model makers' own hosts. The bytes are synthetic, in the documented format of each.

const openaiHead = {
  id: 'chatcmpl-1',
  created: 1_795_000_000,
  model: 'gpt-5.1-2025-11-13',
  service_tier: 'default',
}
const openaiUsage = {
  prompt_tokens: 120,
  completion_tokens: 48,
  total_tokens: 168,
  prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 32,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
}

const openai: ChatHost = {
  name: 'OpenAI',
  headers: { 'openai-version': '2020-10-01' },
  tells: 'in a last chunk without choices, on request',
  model: 'gpt-5.1',
  answeredBy: 'gpt-5.1-2025-11-13',
  answer: answer({ ...openaiHead, object: 'chat.completion' }, 'Noon.', openaiUsage, {
    refusal: null,
    annotations: [],
  }),
  stream: asked => {
    const head = { ...openaiHead, object: 'chat.completion.chunk' }
    const more = (obfuscation: string) => ({ ...(asked && { usage: null }), obfuscation })
    return sse(
      delta(head, { role: 'assistant', content: '', refusal: null }, null, more('a1')),
      delta(head, { content: 'No' }, null, more('b22')),
      delta(head, { content: 'on.' }, null, more('c3')),
      delta(head, {}, 'stop', more('d')),
      ...(asked ? [{ ...head, choices: [], usage: openaiUsage, obfuscation: 'e' }] : []),
      done,
    )
  },
  usage: { input: 120, output: 48, total: 168, cachedInput: 64, reasoning: 32 },
  text: 'Noon.',
}

const azureUsage = {
  prompt_tokens: 30,
  completion_tokens: 5,
  total_tokens: 35,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
}
const safe = { hate: { filtered: false, severity: 'safe' }, violence: { filtered: false, severity: 'safe' } }
const azureHead = {
  id: 'chatcmpl-2',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'gpt-4o-2024-11-20',
  system_fingerprint: 'fp_1',
}

const azure: ChatHost = {
  name: 'Azure OpenAI',
  headers: { 'apim-request-id': 'a-1' },
  tells: 'as OpenAI; its first chunk has the prompt filter results and an empty model',
  model: 'gpt-4o',
  answeredBy: 'gpt-4o-2024-11-20',
  answer: {
    ...answer({ ...azureHead, object: 'chat.completion' }, 'Noon.', azureUsage),
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }],
  },
  stream: asked =>
    sse(
      {
        id: '',
        object: '',
        created: 0,
        model: '',
        choices: [],
        prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }],
      },
      delta(azureHead, { role: 'assistant', content: '', refusal: null }),
      delta(azureHead, { content: 'Noon.' }),
      delta(azureHead, {}, 'stop'),
      ...(asked ? [{ ...azureHead, choices: [], usage: azureUsage }] : []),
      done,
    ),
  usage: { input: 30, output: 5, total: 35, cachedInput: 0, reasoning: 0 },
  text: 'Noon.',
}

const deepseekHead = {
  id: 'd-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'deepseek-reasoner',
  system_fingerprint: 'fp_d',
}
const deepseekUsage = {
  prompt_tokens: 200,
  completion_tokens: 90,
  total_tokens: 290,
  prompt_tokens_details: { cached_tokens: 128 },
  completion_tokens_details: { reasoning_tokens: 70 },
  prompt_cache_hit_tokens: 128,
  prompt_cache_miss_tokens: 72,
}

const deepseek: ChatHost = {
  name: 'DeepSeek',
  at: 'api.deepseek.com',
  tells: 'always, in the final chunk; cache hits and misses in separate fields; sends comments as keep-alive',
  model: 'deepseek-reasoner',
  answer: answer({ ...deepseekHead, object: 'chat.completion' }, 'Noon.', deepseekUsage, {
    reasoning_content: 'Twelve.',
  }),
  stream: () =>
    sse(
      ': keep-alive',
      delta(deepseekHead, { role: 'assistant', content: null, reasoning_content: '' }),
      delta(deepseekHead, { content: null, reasoning_content: 'Twelve.' }),
      ': keep-alive',
      delta(deepseekHead, { content: 'Noon.', reasoning_content: null }),
      delta(deepseekHead, { content: '', reasoning_content: null }, 'stop', { usage: deepseekUsage }),
      done,
    ),
  usage: { input: 200, output: 90, total: 290, cachedInput: 128, reasoning: 70 },
  text: 'Noon.',
}

const mistralHead = {
  id: 'm-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'mistral-large-latest',
}
const mistralUsage = { prompt_tokens: 16, total_tokens: 19, completion_tokens: 3 }

const mistral: ChatHost = {
  name: 'Mistral',
  at: 'api.mistral.ai',
  tells: 'always, in the final chunk; rejects `stream_options`',
  model: 'mistral-large-latest',
  answer: answer({ ...mistralHead, object: 'chat.completion' }, 'Noon.', mistralUsage, {
    tool_calls: null,
    prefix: false,
  }),
  stream: () =>
    sse(
      delta(mistralHead, { role: 'assistant', content: '' }),
      delta(mistralHead, { content: 'Noon.' }),
      delta(mistralHead, { content: '' }, 'stop', { usage: mistralUsage }),
      done,
    ),
  usage: { input: 16, output: 3, total: 19 },
  refusal: {
    status: 422,
    body: {
      object: 'error',
      message: {
        detail: [
          {
            type: 'extra_forbidden',
            loc: ['body', 'stream_options'],
            msg: 'Extra inputs are not permitted',
            input: {},
          },
        ],
      },
      type: 'invalid_request_error',
      code: null,
    },
  },
  text: 'Noon.',
}

const xaiHead = {
  id: 'x-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'grok-4',
  system_fingerprint: 'fp_x',
}
const xaiUsage = {
  prompt_tokens: 32,
  completion_tokens: 9,
  total_tokens: 135,
  prompt_tokens_details: { text_tokens: 32, audio_tokens: 0, image_tokens: 0, cached_tokens: 8 },
  completion_tokens_details: {
    reasoning_tokens: 94,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
  num_sources_used: 0,
  cost_in_usd_ticks: 2_328_560,
}

const xai: ChatHost = {
  name: 'xAI',
  tells: 'reasoning excluded from completion tokens; streamed in a last chunk without choices, on request',
  model: 'grok-4',
  answer: answer({ ...xaiHead, object: 'chat.completion' }, 'Noon.', xaiUsage, { refusal: null }),
  stream: asked =>
    sse(
      delta(xaiHead, { role: 'assistant', reasoning_content: 'Twelve.' }),
      delta(xaiHead, { content: 'Noon.' }),
      delta(xaiHead, {}, 'stop'),
      ...(asked ? [{ ...xaiHead, choices: [], usage: xaiUsage }] : []),
      done,
    ),
  usage: { input: 32, output: 103, total: 135, cachedInput: 8, reasoning: 94 },
  text: 'Noon.',
}

const kimiHead = {
  id: 'k-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'kimi-k2.6',
  system_fingerprint: 'fp_k',
}
const kimiUsage = { prompt_tokens: 19, completion_tokens: 13, total_tokens: 32, cached_tokens: 10 }

const moonshot: ChatHost = {
  name: 'Moonshot',
  at: 'api.moonshot.ai',
  tells: 'always, in the final choice (`choices[0].usage`); cached tokens in a separate field',
  model: 'kimi-k2.6',
  answer: answer({ ...kimiHead, object: 'chat.completion' }, 'Noon.', kimiUsage),
  stream: () =>
    sse(
      delta(kimiHead, { role: 'assistant', content: '' }),
      delta(kimiHead, { content: 'Noon.' }),
      { ...kimiHead, choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: kimiUsage }] },
      done,
    ),
  usage: { input: 19, output: 13, total: 32, cachedInput: 10 },
  text: 'Noon.',
}

const geminiHead = {
  id: 'g-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'gemini-2.5-flash',
}
const soFar = (completion_tokens: number) => ({
  usage: { prompt_tokens: 7, completion_tokens, total_tokens: 7 + completion_tokens + 41 },
})

const gemini: ChatHost = {
  name: "Gemini's compatible endpoint",
  tells: 'in every chunk, cumulative; thoughts are only in the total',
  at: 'generativelanguage.googleapis.com',
  model: 'gemini-2.5-flash',
  answer: answer({ ...geminiHead, object: 'chat.completion' }, 'Noon.', soFar(4).usage),
  stream: () =>
    sse(
      delta(geminiHead, { role: 'assistant', content: 'No' }, null, soFar(1)),
      delta(geminiHead, { role: 'assistant', content: 'on.' }, null, soFar(3)),
      delta(geminiHead, { role: 'assistant', content: '' }, 'stop', soFar(4)),
      done,
    ),
  usage: { input: 7, output: 45, total: 52 },
  text: 'Noon.',
}

export const modelMakers: readonly ChatHost[] = [openai, azure, deepseek, mistral, xai, moonshot, gemini]
