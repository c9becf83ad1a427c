// A GraphQL schema whose resolvers call traced loaders, through a DataLoader for each request.
import { traced } from '@runtape/trace'
import DataLoader from 'dataloader'
import {
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  graphql,
} from 'graphql'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const settings = { rounding: 0 }

const loadOrders = traced('graph.orders', { mockOnReplay: true }, async (ids: readonly string[]) => {
  effect('graph orders')
  return ids.map(orderOf)
})

const loadStock = traced('graph.stock', { mockOnReplay: true }, async (sku: string) => {
  effect('graph stock')
  await new Promise(resolve => setTimeout(resolve, sku.length % 3))
  if (sku === 'K-9') throw new Error('sold out')
  return sku.length * 7
})

interface Context {
  readonly orders: DataLoader<string, ReturnType<typeof orderOf>>
}

const Item = new GraphQLObjectType<{ sku: string }, Context>({
  name: 'Item',
  fields: {
    sku: { type: GraphQLString },
    stock: { type: GraphQLInt, resolve: async ({ sku }) => (await loadStock(sku)) - settings.rounding },
  },
})
const Order = new GraphQLObjectType<{ id: string }, Context>({
  name: 'Order',
  fields: {
    id: { type: GraphQLString },
    status: { type: GraphQLString },
    items: { type: new GraphQLList(Item) },
  },
})
const query = new GraphQLObjectType<unknown, Context>({
  name: 'Query',
  fields: {
    order: {
      type: Order,
      args: { id: { type: new GraphQLNonNull(GraphQLString) } },
      resolve: (_, { id }, { orders }) => orders.load(id),
    },
  },
})
const schema = new GraphQLSchema({ query })

const ask = traced('graph.query', async (source: string) => {
  const contextValue: Context = { orders: new DataLoader(loadOrders) }
  const { data, errors } = await graphql({ schema, source, contextValue })
  return {
    data: JSON.parse(JSON.stringify(data)),
    errors: errors?.map(({ message, path }) => ({ message, path })),
  }
})

export const application: Application = {
  name: 'a GraphQL schema with loaders',
  entry: ask,
  inputs: [
    ['{ a: order(id: "A-2") { id status items { sku stock } } b: order(id: "A-7") { items { sku stock } } }'],
    ['{ order(id: "A-8") { id items { stock } } }'],
  ],
  change: { make: changing(settings, { rounding: 1 }), reports: {} },
}
