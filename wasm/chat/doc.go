// Package chat is the chat protocol on top of the agent: JSON messages about
// profiles and texts, and the contacts and items that they make.
//
// A message to send becomes an [Item] and an encoded [Message] in one turn of
// the agent, so that the conversation and the delivery are committed together.
// A message that arrives is handed up by the agent inside its own turn
// ([Chat.Event]); the item it makes is in the same commit as the ratchet's new
// state. Only after a commit is the page told, through Config.Emit.
//
// All state belongs to the agent's loop: every method that takes an
// [agent.Turn] runs there and nowhere else.
//
// The protocol is described in docs/protocol/simplex-chat.md of the SimpleX
// Chat repository; sections are named in comments as "Chat: ...".
package chat
