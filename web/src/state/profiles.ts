// What a person can do with their own profiles and their addresses.
import type { API, AddressSettings, NewProfile, OwnProfile } from "../../api";
import { messageOf, quietly } from "./call";
import { keepStorage } from "./protection";
import type { Store } from "./store";

export function profileActions(store: Store, agent: API) {
  const own = (id: string): OwnProfile | undefined => store.get().profiles.find((p) => p.id === id);
  const changeProfile = async (next: NewProfile): Promise<void> => {
    store.apply({ type: "profile", profile: await agent.setProfile(next) });
  };
  /** The first name. It counts at once, and no more if it is refused. */
  const begin = async (name: string): Promise<void> => {
    store.apply({ type: "named", name });
    await changeProfile({ displayName: name }).catch((error: unknown) => {
      store.apply({ type: "nameRefused", problem: messageOf(error) });
      throw error;
    });
  };
  // The event about the same profile may come before or after the answer.
  const withAddress = (profileId: string, address: OwnProfile["address"]): void => {
    const found = own(profileId);
    if (found) store.apply({ type: "ownProfile", own: { ...found, address } });
  };
  const shown = (next: OwnProfile): void => {
    store.apply({ type: "ownProfile", own: next });
    store.apply({ type: "profileSwitched", id: next.id });
  };
  return {
    changeProfile,
    rename: (displayName: string) => changeProfile({ displayName }),
    begin,
    start: (name: string) => quietly(begin(name).then(() => keepStorage(store, agent))),
    addProfile: async (displayName: string) => shown(await agent.addProfile({ displayName })),
    switchProfile: async (profileId: string) => shown(await agent.switchProfile({ profileId })),
    async deleteProfile(profileId: string) {
      await agent.deleteProfile({ profileId });
      store.apply({ type: "profileDeleted", id: profileId });
    },
    suggestName: async () => (await agent.suggestName({})).name,
    makeAddress: async (profileId: string) => withAddress(profileId, await agent.makeAddress({ profileId, autoAccept: false, welcome: "" })),
    setAddress: async (profileId: string, settings: AddressSettings) => withAddress(profileId, await agent.setAddress({ ...settings, profileId })),
    rotateAddress: async (profileId: string) => withAddress(profileId, await agent.rotateAddress({ profileId })),
    async deleteAddress(profileId: string) {
      await agent.deleteAddress({ profileId });
      withAddress(profileId, null);
    },
  };
}
