const LOCKED = 'another engine uses this data; stop it, or choose another folder with --data'

// Serves the DynamoDB engine on an inherited socket or, with 0 for the socket, on a free port of the
// loopback interface. Prints the port, or why the engine didn't start. The engine ends when its
// standard input does, so it never outlives the process that started it, even if that was killed.
async function main (path, socket) {
  const level = require('level')
  level.Level = synced(level.Level)
  supportReturnValuesOnConditionCheckFailure()
  const { createServer } = require('./transactions.cjs')
  const { Level } = level

  // dynalite opens its data at the first request, but data that can't be opened must fail now.
  const data = new Level(path)
  await data.open()
  await finishInterrupted(data)
  await data.close()

  const server = createServer({ path, createTableMs: 0 })
  const listen = socket ? { fd: socket } : { port: 0, host: '127.0.0.1' }
  // console.log would color the port if FORCE_COLOR is set.
  server.listen(listen, () => process.stdout.write(`${server.address().port}\n`))
  process.on('SIGINT', () => {}) // Ctrl-C reaches both processes, and the gateway must stop first.
  process.stdin.resume().on('end', () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
}

// dynalite stores the status of a table, and changes it a moment later. A kill between the two leaves
// the table in that status for good.
async function finishInterrupted (data) {
  const json = { valueEncoding: 'json' }
  for await (const [key, table] of data.iterator({ ...beginningWith('table~'), ...json })) {
    if (table.TableStatus === 'DELETING') {
      await deleteTable(data, table.TableName)
    } else if (table.TableStatus !== 'ACTIVE') {
      for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE'
      await data.put(key, { ...table, TableStatus: 'ACTIVE' }, json)
    }
  }
}

async function deleteTable (data, name) {
  for (const prefix of ['item-', 'index-local~', 'index-global~', 'tag-']) {
    await data.clear(beginningWith(`${prefix}${name}~`))
  }
  await data.del(`table~${name}`)
}

// The keys that begin with a text that ends with the tilde, the last character of ASCII.
function beginningWith (prefix) {
  return { gte: prefix, lt: prefix.replace(/~$/, '\x7f') }
}

// dynalite ignores ReturnValuesOnConditionCheckFailure, with which DynamoDB returns the item that
// failed a condition. Its actions call the check as a property of the module.
function supportReturnValuesOnConditionCheckFailure () {
  const db = require('dynalite/db')
  const { checkConditional } = db
  for (const action of ['putItem', 'updateItem', 'deleteItem']) {
    const { types } = require(`dynalite/validations/${action}`)
    types.ReturnValuesOnConditionCheckFailure = { type: 'String', enum: ['ALL_OLD', 'NONE'] }
  }
  db.checkConditional = (request, item) => {
    const refusal = checkConditional(request, item)
    if (refusal && item && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') {
      refusal.body.Item = item
    }
    return refusal
  }
}

// A database whose writes are on the disk before their responses.
function synced (Level) {
  return class extends Level {
    put (key, value, options) {
      return super.put(key, value, { ...options, sync: true })
    }

    batch (operations, options) {
      return super.batch(operations, { ...options, sync: true })
    }
  }
}

main(process.argv[2], Number(process.argv[3])).catch(error => {
  const reason = error.cause ?? error
  console.error(reason.code === 'LEVEL_LOCKED' ? LOCKED : reason.message)
  process.exitCode = 1
})
