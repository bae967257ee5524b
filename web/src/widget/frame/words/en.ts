// What the chat in a site's page says besides the texts that it shares with the whole page.
export const en = {
  title: "Private chat",
  close: "Close chat",
  menu: "More",
  trust: "End-to-end encrypted",
  them: "the other side",
  lead: "Write here in private. Nobody but the two of you can read it, not even this site.",
  lookFailed: "Who answers here is not known yet. You can write all the same.",
  badAddress: "This chat is not set up correctly, so nobody would get your message. Tell the site’s owner.",

  name: "Your name",
  nameOptional: (suggestion: string) => (suggestion ? `If you like. Otherwise you are ${suggestion}.` : "If you like. Otherwise you get a random one."),
  nameRequired: "The other side sees it with your first message.",
  nameMissing: "Enter a name first.",
  nameLong: "That name is too long. Use 50 characters at most.",
  consentMissing: "Agree to this first, then send your message.",

  waiting: "Waiting for an answer",
  waitingText: "Your message is on its way, and waits until somebody reads it. You can close this page: the answer will be here when you come back.",
  waitingMemory: "Your message is on its way. Keep this page open to see the answer: this browser keeps nothing for this chat.",
  sending: "Sending your message…",
  memory: "This browser keeps nothing for this chat. When you leave this page, the conversation is gone.",

  ended: "This conversation has ended",
  endedText: "You can save it, or begin a new one.",
  anew: "New conversation",

  tooLong: (most: number) => `The message is too long. Use ${most.toLocaleString()} characters at most.`,
  tooLongFirst: (most: number) => `A first message can have ${most.toLocaleString()} characters at most. Send the rest after it.`,
  tooFast: "That was very much at once. Wait half a minute, then send it again.",

  save: "Save as text",
  saveFailed: (problem: string) => `Not saved. ${problem}`,
  fileName: (date: string) => `conversation-${date}.txt`,
  fileHead: (name: string) => `Conversation with ${name}`,

  app: "Continue in the app",
  appTitle: "Continue in the app",
  appText: (name: string) => `This conversation stays in this browser: its keys cannot be moved. But you can begin another one with ${name} in the SimpleX app, with this link.`,
  appOpen: "Open in the app",
  appLink: "Link",
  appQr: "QR code of the link",

  about: "How private is this?",
  aboutList: (name: string, host: string, memory: boolean) => [
    `What you write is encrypted in this browser, and only ${name} can decrypt it. The relay that passes it on cannot.`,
    "The site around this chat cannot read it either. It sees that you opened the chat, and how many answers are new.",
    memory ? "This browser keeps nothing. When you leave the page, the conversation is gone." : "The conversation is kept in this browser only, for this site only. Anybody who can use this browser can read it.",
    `${name} sees the name that you gave, or a random one. Other sites cannot tell that you are the same person.`,
    `The program comes from ${host}. Whoever runs it could change the program, so use it where you trust them.`,
  ],

  end: "End and delete",
  endTitle: "End this conversation?",
  endText: "It is deleted in this browser, and the other side is told that it has ended. They keep their copy.",
  endConfirm: "End and delete",
  endFailed: (problem: string) => `Not ended. ${problem}`,

  stopped: "The chat has stopped",
  reload: "Start again",
  noWasm: "This browser cannot run the chat: it has no WebAssembly, or has switched it off. Use another browser.",
  unreadable: "Your conversation cannot be opened",
  unreadableButton: "Delete it and begin anew",
};

export type WidgetWords = typeof en;
