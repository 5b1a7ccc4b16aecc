// Transactions for dynalite, which has none. A transaction runs dynalite's own actions, under the
// locks of all items, with a store that only collects their writes, and then writes them at once.

const { text } = require('node:stream/consumers')
const { promisify } = require('node:util')
const dynalite = require('dynalite')
const db = require('dynalite/db')
const { checkTypes, checkValidations } = require('dynalite/validations')

const TARGET = 'DynamoDB_20120810.TransactWriteItems'
const CONDITION_FAILED = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException'
// Each kind of write is an action of dynalite. It has none for ConditionCheck.
const KINDS = Object.fromEntries(['Put', 'Update', 'Delete'].map(kind => {
  const name = `${kind.toLowerCase()}Item`
  const validation = require(`dynalite/validations/${name}`)
  return [kind, { ...validation, action: promisify(require(`dynalite/actions/${name}`)) }]
}))
const REQUEST = {
  TransactItems: {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: 100,
    children: {
      type: 'ValueStruct<TransactWriteItem>',
      children: Object.fromEntries(Object.entries(KINDS).map(
        ([kind, { types }]) => [kind, { type: `FieldStruct<${kind}>`, children: types }]
      )),
    },
  },
}

// Returns a server of dynalite that responds to TransactWriteItems, too.
exports.createServer = options => {
  const { create } = db
  let store // dynalite keeps it to itself.
  db.create = options => (store = create(options))
  const server = dynalite(options)
  db.create = create

  const [handle] = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const isTransaction = request.headers['x-amz-target'] === TARGET
    if (isTransaction) return respond(store, request, response)
    handle(request, response)
    request.removeAllListeners('error') // dynalite throws if a client closes its connection early.
  })
  return server
}

async function respond (store, request, response) {
  let body = await text(request).catch(() => response.destroy())
  if (response.destroyed) return
  try {
    body = await transactWriteItems(store, JSON.parse(body) ?? {})
  } catch (error) {
    const isSyntaxError = error instanceof SyntaxError
    if (!isSyntaxError && !error.statusCode) throw error
    response.statusCode = 400
    body = isSyntaxError ? { __type: 'com.amazon.coral.service#SerializationException' } : error.body
  }
  response.setHeader('Content-Type', 'application/x-amz-json-1.0')
  response.end(JSON.stringify(body))
}

async function transactWriteItems (store, request) {
  request = checkTypes(request, REQUEST)
  checkValidations(request, REQUEST, checkWrites, store)
  const writes = request.TransactItems.map(item => {
    const [[kind, data]] = Object.entries(item)
    return { data, action: KINDS[kind].action }
  })
  const items = await Promise.all(writes.map(({ data }) => locate(store, data)))
  if (new Set(items.map(item => item.path)).size < items.length) {
    throw db.validationError('Transaction request cannot include multiple operations on one item')
  }
  const unlock = await lock(items)
  try {
    const { collected, view } = collector(store)
    const reasons = []
    for (const { data, action } of writes) reasons.push(await attempt(action, view, data))
    if (reasons.some(reason => reason.Code !== 'None')) throw canceled(reasons)
    await store.db.batch(collected)
  } finally {
    unlock()
  }
  return {}
}

function checkWrites ({ TransactItems }, store) {
  for (const item of TransactItems) {
    const kinds = Object.keys(item ?? {})
    if (kinds.length !== 1) {
      return 'TransactItems must each contain one of Put, Update or Delete; this engine has no ConditionCheck'
    }
    const message = KINDS[kinds[0]].custom(item[kinds[0]], store)
    if (message) return message
  }
}

// Returns the lock of an item, its key, and its path in the database.
async function locate (store, { TableName, Key, Item }) {
  const table = await promisify(store.getTable)(TableName)
  const invalid = Key ? db.validateKey(Key, table) : db.validateItem(Item, table)
  if (invalid) throw invalid
  if (table.GlobalSecondaryIndexes || table.LocalSecondaryIndexes) {
    throw db.validationError('this engine has no transactions on a table with secondary indexes')
  }
  const key = db.createKey(Key ?? Item, table)
  return { key, path: pathOf(TableName, key), lock: store.getItemDb(TableName).lock }
}

function pathOf (table, key) {
  return `item-${table}~${key}`
}

// Locks all items in a fixed order, so that no two transactions wait for each other.
async function lock (items) {
  const releases = []
  for (const item of items.toSorted((one, other) => one.path < other.path ? -1 : 1)) {
    releases.push(await new Promise(resolve => item.lock(item.key, resolve)))
  }
  return () => releases.forEach(release => release()())
}

function collector (store) {
  const collected = []
  const getItemDb = table => ({
    get: store.getItemDb(table).get,
    lock: (_, run) => run(callback => callback),
    put (key, value, callback) {
      collected.push({ type: 'put', key: pathOf(table, key), value })
      callback()
    },
    del (key, callback) {
      collected.push({ type: 'del', key: pathOf(table, key) })
      callback()
    },
  })
  return { collected, view: { ...store, getItemDb } }
}

// Returns the cancellation reason of a write, whose code is None if nothing is against it.
async function attempt (action, store, data) {
  try {
    await action(store, data)
    return { Code: 'None' }
  } catch (error) {
    if (error.body?.__type !== CONDITION_FAILED) throw error
    return { Item: error.body.Item, Code: 'ConditionalCheckFailed', Message: error.message }
  }
}

function canceled (reasons) {
  const codes = reasons.map(reason => reason.Code).join(', ')
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`
  return Object.assign(new Error(message), {
    statusCode: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      CancellationReasons: reasons,
      Message: message,
    },
  })
}
