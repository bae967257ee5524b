// Package chat is the chat protocol on top of the agent: JSON messages about
// profiles and texts, and the own profiles, contacts and items that they make.
//
// A message to send becomes an [Item] and an encoded [Message] in one turn of
// the agent, so that the conversation and the delivery are committed together.
// A message that arrives is handed up by the agent inside its own turn
// ([Chat.Event]); the item it makes is in the same commit as the ratchet's new
// state. Only after a commit is the page told, through Config.Emit.
//
// A contact begins with a link of ours ([Chat.Invited]), with a request at one of
// our addresses ([Chat.Accept]), or with a link of somebody else ([Chat.Connect]).
// What is written before both sides are there waits in the outbox. Behind the
// address of a business is a group: one contact with several members, of whom we
// are connected to the host and to those who sent us a link.
//
// A turn that a person asked for runs in [Chat.Try], which undoes its changes to
// the state in memory if it fails.
//
// All state belongs to the agent's loop: every method that takes an
// [agent.Turn] runs there and nowhere else.
//
// The protocol is described in docs/protocol/simplex-chat.md of the SimpleX
// Chat repository; sections are named in comments as "Chat: ...".
package chat
