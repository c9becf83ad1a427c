import type { AIConfigInit } from '@runtape/core'
import Mustache from 'mustache'

const tags: [string, string] = ['{{', '}}']
const asIs = { tags, escape: (value: string) => value }

// A writer of our own: another user of the library may have changed the shared one's tags or cache.
const writer = new Mustache.Writer()

const maxTemplates = 1000
const templates = new Set<string>()

/** Names a template may use: the variables', never those that every object has from its prototype. */
class OwnNames extends Mustache.Context {
  override push(view: unknown): OwnNames {
    return new OwnNames(view, this)
  }

  override lookup(name: string): unknown {
    return name.split('.').some(reachesPrototype) ? undefined : super.lookup(name)
  }
}

const reachesPrototype = (name: string): boolean => name === 'prototype' || name in Object.prototype

/**
 * Fills a Mustache template without escaping anything: prompts are not HTML. A name without a value renders as
 * nothing.
 *
 * @throws when the template is broken, or a value cannot be made a string.
 */
export function renderTemplate(template: string, variables: object): string {
  if (!template.includes(tags[0])) return template
  boundCache(template)
  return writer.render(template, new OwnNames(variables), undefined, asIs)
}

/** Fills every template of a config: the content of its messages, and its instructions. */
export function renderConfig(init: AIConfigInit, render: (template: string) => string): AIConfigInit {
  const { messages, instructions } = init
  return {
    ...init,
    ...(messages && {
      messages: messages.map(message => ({ ...message, content: render(message.content) })),
    }),
    ...(instructions !== undefined && { instructions: render(instructions) }),
  }
}

// The library keeps every template that it has parsed, and an application may build its own for each request.
function boundCache(template: string): void {
  if (templates.has(template)) return
  if (templates.size >= maxTemplates) {
    templates.clear()
    writer.clearCache()
  }
  templates.add(template)
}
