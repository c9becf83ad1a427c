import { answer, type ChatHost, delta, done, sse } from './wire.ts'

// Local model servers. The bytes are synthetic, in the documented format of each.

const vllmHead = {
  id: 'chatcmpl-v',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'Qwen/Qwen3-8B',
}
const vllmUsage = { prompt_tokens: 24, total_tokens: 30, completion_tokens: 6, prompt_tokens_details: null }

const vllm: ChatHost = {
  name: 'vLLM',
  tells: 'in a last chunk without choices, on request',
  model: 'Qwen/Qwen3-8B',
  answer: answer({ ...vllmHead, object: 'chat.completion' }, 'Noon.', vllmUsage, {
    reasoning_content: null,
    tool_calls: [],
  }),
  stream: asked =>
    sse(
      delta(vllmHead, { role: 'assistant', content: '' }),
      delta(vllmHead, { content: 'Noon.' }),
      delta(vllmHead, { content: '' }, 'stop', { stop_reason: null }),
      ...(asked ? [{ ...vllmHead, choices: [], usage: vllmUsage }] : []),
      done,
    ),
  usage: { input: 24, output: 6, total: 30 },
  text: 'Noon.',
}

const sglangHead = {
  id: 's-1',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'deepseek-ai/DeepSeek-V3',
}
const sglangUsage = {
  prompt_tokens: 24,
  total_tokens: 60,
  completion_tokens: 36,
  prompt_tokens_details: null,
  reasoning_tokens: 30,
}

const sglang: ChatHost = {
  name: 'SGLang',
  tells: 'in a last chunk without choices, on request; reasoning in a separate field',
  model: 'deepseek-ai/DeepSeek-V3',
  answer: answer({ ...sglangHead, object: 'chat.completion' }, 'Noon.', sglangUsage),
  stream: asked =>
    sse(
      delta(sglangHead, { role: 'assistant', content: '' }, null, { usage: null }),
      delta(sglangHead, { content: 'Noon.' }, null, { usage: null }),
      delta(sglangHead, { content: null }, 'stop', { usage: null }),
      ...(asked ? [{ ...sglangHead, choices: [], usage: sglangUsage }] : []),
      done,
    ),
  usage: { input: 24, output: 36, total: 60, reasoning: 30 },
  text: 'Noon.',
}

const llamaHead = {
  created: 1_795_000_000,
  id: 'chatcmpl-c',
  model: 'gpt-3.5-turbo',
  system_fingerprint: 'b6600',
  object: 'chat.completion.chunk',
}
const llamaUsage = { completion_tokens: 35, prompt_tokens: 237, total_tokens: 272 }
const timings = { cache_n: 236, prompt_n: 1, prompt_ms: 30.9, predicted_n: 35, predicted_ms: 661 }

const llamaCpp: ChatHost = {
  name: 'llama.cpp',
  isLearned: true,
  tells: 'in a last chunk without choices, on request; cached tokens in `timings`',
  model: 'qwen3-8b-q4',
  answeredBy: 'gpt-3.5-turbo',
  answer: { ...answer({ ...llamaHead, object: 'chat.completion' }, 'Noon.', llamaUsage), timings },
  stream: asked =>
    sse(
      delta(llamaHead, { role: 'assistant', content: null }),
      delta(llamaHead, { content: 'Noon.' }),
      delta(llamaHead, {}, 'stop', asked ? {} : { timings }),
      ...(asked ? [{ ...llamaHead, choices: [], usage: llamaUsage, timings }] : []),
      done,
    ),
  usage: { input: 237, output: 35, total: 272 },
  text: 'Noon.',
}

const ollamaHead = {
  id: 'chatcmpl-717',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'deepseek-r1:14b',
  system_fingerprint: 'fp_ollama',
}
const ollamaUsage = { prompt_tokens: 9, completion_tokens: 50, total_tokens: 59 }

const ollama: ChatHost = {
  name: 'Ollama',
  tells: 'in a last chunk without choices, on request',
  model: 'deepseek-r1:14b',
  answer: answer({ ...ollamaHead, object: 'chat.completion' }, 'Noon.', ollamaUsage),
  stream: asked =>
    sse(
      delta(ollamaHead, { role: 'assistant', content: 'Noon.' }),
      delta(ollamaHead, { role: 'assistant', content: '' }, 'stop'),
      ...(asked ? [{ ...ollamaHead, choices: [], usage: ollamaUsage }] : []),
      done,
    ),
  usage: { input: 9, output: 50, total: 59 },
  text: 'Noon.',
}

const studioHead = {
  id: 'chatcmpl-s',
  object: 'chat.completion.chunk',
  created: 1_795_000_000,
  model: 'qwen3-4b',
  system_fingerprint: 'qwen3-4b',
}
const studioUsage = { prompt_tokens: 14, completion_tokens: 7, total_tokens: 21 }

const lmStudio: ChatHost = {
  name: 'LM Studio',
  tells: 'in a last chunk without choices, on request',
  model: 'qwen3-4b',
  answer: { ...answer({ ...studioHead, object: 'chat.completion' }, 'Noon.', studioUsage), stats: {} },
  stream: asked =>
    sse(
      delta(studioHead, { role: 'assistant', content: 'Noon.' }),
      delta(studioHead, {}, 'stop'),
      ...(asked ? [{ ...studioHead, choices: [], usage: studioUsage }] : []),
      done,
    ),
  usage: { input: 14, output: 7, total: 21 },
  text: 'Noon.',
}

export const localServers: readonly ChatHost[] = [vllm, sglang, llamaCpp, ollama, lmStudio]
