import { answer, type ChatHost, delta, done, sse } from './wire.ts'

// Hosts of third-party models, and gateways. The bytes are synthetic, in the documented format of each.

const orHead = {
  id: 'gen-1',
  provider: 'Azure',
  model: 'openai/gpt-4o-mini',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
}
const orUsage = {
  prompt_tokens: 21,
  completion_tokens: 6,
  total_tokens: 27,
  cost: 0.00000675,
  is_byok: false,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0, video_tokens: 0 },
  cost_details: { upstream_inference_cost: null, upstream_inference_prompt_cost: 0.00000315 },
  completion_tokens_details: { reasoning_tokens: 0, image_tokens: 0 },
}

const openRouter: ChatHost = {
  name: 'OpenRouter',
  at: 'openrouter.ai',
  tells: 'always, in a last chunk with an empty choice and its cost; begins with comments',
  model: 'openai/gpt-4o-mini',
  answer: answer({ ...orHead, object: 'chat.completion' }, 'Noon.', orUsage, {
    refusal: null,
    reasoning: null,
  }),
  stream: () =>
    sse(
      ': OPENROUTER PROCESSING',
      ': OPENROUTER PROCESSING',
      delta(orHead, { role: 'assistant', content: 'Noon.' }),
      delta(orHead, { role: 'assistant', content: '' }, 'stop'),
      delta(orHead, { role: 'assistant', content: '' }, null, { usage: orUsage }),
      done,
    ),
  usage: { input: 21, output: 6, total: 27, cachedInput: 0, reasoning: 0 },
  text: 'Noon.',
}

const groqHead = {
  id: 'chatcmpl-g',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'llama-3.3-70b-versatile',
  system_fingerprint: 'fp_g',
}
const groqUsage = {
  queue_time: 0.018,
  prompt_tokens: 38,
  prompt_time: 0.001,
  completion_tokens: 4,
  completion_time: 0.012,
  total_tokens: 42,
  total_time: 0.013,
}

const groq: ChatHost = {
  name: 'Groq',
  at: 'api.groq.com',
  tells: 'always, in `x_groq` of the final chunk; once more on request',
  model: 'llama-3.3-70b-versatile',
  answer: {
    ...answer({ ...groqHead, object: 'chat.completion' }, 'Noon.', groqUsage),
    x_groq: { id: 'req_g' },
  },
  stream: asked =>
    sse(
      delta(groqHead, { role: 'assistant', content: '' }, null, { x_groq: { id: 'req_g' } }),
      delta(groqHead, { content: 'Noon.' }),
      delta(groqHead, {}, 'stop', { x_groq: { id: 'req_g', usage: groqUsage } }),
      ...(asked ? [{ ...groqHead, choices: [], usage: groqUsage }] : []),
      done,
    ),
  usage: { input: 38, output: 4, total: 42 },
  text: 'Noon.',
}

const togetherHead = {
  id: 't-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'meta-llama/Llama-4-Scout',
}
const togetherUsage = { prompt_tokens: 17, completion_tokens: 5, total_tokens: 22, cached_tokens: 16 }

const together: ChatHost = {
  name: 'Together',
  at: 'api.together.xyz',
  tells: 'always, in the final chunk; the choice has its text twice',
  model: 'meta-llama/Llama-4-Scout',
  answer: answer({ ...togetherHead, object: 'chat.completion', prompt: [] }, 'Noon.', togetherUsage, {
    tool_calls: [],
  }),
  stream: () =>
    sse(
      {
        ...togetherHead,
        choices: [
          {
            index: 0,
            text: 'Noon.',
            logprobs: null,
            finish_reason: null,
            seed: null,
            delta: { token_id: 12, role: 'assistant', content: 'Noon.', tool_calls: null },
          },
        ],
        usage: null,
      },
      {
        ...togetherHead,
        choices: [
          {
            index: 0,
            text: '',
            logprobs: null,
            finish_reason: 'stop',
            seed: 1,
            delta: { token_id: 2, role: 'assistant', content: '', tool_calls: null },
          },
        ],
        usage: togetherUsage,
      },
      done,
    ),
  usage: { input: 17, output: 5, total: 22, cachedInput: 16 },
  text: 'Noon.',
}

const fireworksHead = {
  id: 'f-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'accounts/fireworks/models/qwen3-8b',
}
const fireworksUsage = {
  prompt_tokens: 11,
  total_tokens: 15,
  completion_tokens: 4,
  prompt_tokens_details: { cached_tokens: 0 },
}

const fireworks: ChatHost = {
  name: 'Fireworks',
  at: 'api.fireworks.ai',
  tells: 'always, in the final chunk',
  model: 'accounts/fireworks/models/qwen3-8b',
  answer: answer({ ...fireworksHead, object: 'chat.completion' }, 'Noon.', fireworksUsage),
  stream: () =>
    sse(
      delta(fireworksHead, { role: 'assistant' }, null, { usage: null }),
      delta(fireworksHead, { content: 'Noon.' }, null, { usage: null }),
      delta(fireworksHead, {}, 'stop', { usage: fireworksUsage }),
      done,
    ),
  usage: { input: 11, output: 4, total: 15, cachedInput: 0 },
  text: 'Noon.',
}

const liteHead = {
  id: 'chatcmpl-l',
  created: 1_795_000_000,
  model: 'claude-sonnet-4-5',
  object: 'chat.completion.chunk',
}
const liteUsage = {
  completion_tokens: 6,
  prompt_tokens: 1320,
  total_tokens: 1326,
  prompt_tokens_details: { audio_tokens: null, cached_tokens: 1000, text_tokens: null, image_tokens: null },
  cache_creation_input_tokens: 300,
  cache_read_input_tokens: 1000,
}

const liteLlm: ChatHost = {
  name: 'LiteLLM',
  tells: "as OpenAI, in a last chunk with an empty choice; cache writes under Anthropic's field names",
  model: 'claude-sonnet-4-5',
  answer: answer({ ...liteHead, object: 'chat.completion' }, 'Noon.', liteUsage, {
    tool_calls: null,
    function_call: null,
  }),
  stream: asked =>
    sse(
      delta(liteHead, { role: 'assistant', content: 'Noon.' }),
      delta(liteHead, {}, 'stop'),
      ...(asked ? [delta(liteHead, {}, null, { usage: liteUsage })] : []),
      done,
    ),
  usage: { input: 1320, output: 6, total: 1326, cachedInput: 1000, cacheWrite: 300 },
  text: 'Noon.',
}

export const clouds: readonly ChatHost[] = [openRouter, groq, together, fireworks, liteLlm]
