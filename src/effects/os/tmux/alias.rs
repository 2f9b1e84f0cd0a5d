//! An alias, a second name, for the socket of a live tmux server: given, taken back, mended. No session ends by it.
//!
//! A name is given by a hard link: there is no gap, and nothing can be overwritten. What is in the way is
//! exchanged for the link and looked at again where it then is, so that whoever was faster gets the name back.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::io::Errno;

use super::{Sockets, lives};
use crate::decide::doctor::sockets::Health;
use crate::effects::os::disk::{DiskError, Root, Target, outside};
use crate::model::tmux::{Adoption, Occupancy, Server};

/// Outcome of an adoption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adopted {
    /// The server has its alias now.
    Linked,
    /// The server had its alias already.
    Already,
    /// The server has ended meanwhile: there is nothing to adopt.
    Gone,
}

/// Outcome of taking an alias back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Released {
    /// The alias is gone; the server goes on by its former name.
    Removed,
    /// The alias was not there.
    Nothing,
    /// Another server has the alias by now, and keeps it.
    Left(Server),
}

/// A name that was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mended {
    /// The server has a name again that had died or was gone.
    Renamed {
        /// The server.
        server: Server,
        /// The name that leads to it again.
        name: String,
    },
    /// The server has a name again that another one had taken; that one goes on under a name of its own.
    Displaced {
        /// The server.
        server: Server,
        /// The name that leads to it again.
        name: String,
        /// The server that had taken the name.
        impostor: Server,
        /// The impostor's name from now on.
        kept_as: String,
    },
}

/// Reason why the names stayed as they were.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The server is not where it should be.
    #[error("{server} cannot be reached by the socket {}: {found}", socket.display())]
    Unreached {
        /// The server.
        server: Server,
        /// Socket at which the server should answer.
        socket: PathBuf,
        /// Occupancy of that socket.
        found: Occupancy,
    },
    /// Another server, or something that is no server of ours, has the name.
    #[error("the socket {} is not {server}'s to have: {found}", socket.display())]
    Taken {
        /// The server.
        server: Server,
        /// The name.
        socket: PathBuf,
        /// Occupancy of that name.
        found: Occupancy,
    },
    /// The file system did not do something.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

type SocketResult<T = ()> = Result<T, SocketError>;

impl Sockets {
    /// Makes a live server reachable by its alias, too. Once done, it is done however often it is asked for;
    /// after an error the names are as they were.
    pub(crate) fn adopt(&self, adoption: &Adoption) -> SocketResult<Adopted> {
        let Adoption {
            former,
            name,
            server,
            ..
        } = adoption;
        let at_former = self.occupancy(former);
        let at_name = self.occupancy(name);
        let ours = Occupancy::Served(*server);
        if at_name == ours {
            self.sweep(adoption)?;
            return Ok(Adopted::Already);
        }
        let may_be_replaced = at_former.is_dead() || matches!(at_former, Occupancy::Served(_));
        if at_former != ours && may_be_replaced && !lives(*server) {
            return Ok(Adopted::Gone);
        }
        if at_former != ours {
            return Err(self.unreached(*server, former, at_former));
        }
        if !at_name.is_dead() {
            return Err(self.taken(*server, name, at_name));
        }
        self.sweep(adoption)?;
        self.give_name(*server, former, name, &at_name)?;
        Ok(Adopted::Linked)
    }

    /// Takes the alias back. The server stays, and stays reachable by the former one.
    pub(crate) fn release(&self, adoption: &Adoption) -> SocketResult<Released> {
        let Adoption {
            former,
            name,
            server,
            ..
        } = adoption;
        let at_former = self.occupancy(former);
        let at_name = self.occupancy(name);
        let ours = Occupancy::Served(*server);
        match at_name {
            Occupancy::Free | Occupancy::Stale => {}
            Occupancy::Served(other) if at_name != ours => return Ok(Released::Left(other)),
            _ if at_name != ours => return Err(self.taken(*server, name, at_name)),
            _ if at_former == ours => {}
            _ if at_former.is_dead() => {
                self.give_name(*server, name, former, &at_former)?;
            }
            _ => return Err(self.unreached(*server, former, at_former)),
        }
        self.sweep(adoption)?;
        if at_name == Occupancy::Free {
            return Ok(Released::Nothing);
        }
        self.take_away(adoption)?;
        Ok(Released::Removed)
    }

    /// Puts a name back that a live server has lost, as by a cleaner of old files; `None` where none is missing. It asks
    /// nobody where both names are there.
    pub(crate) fn put_back_missing(&self, adoption: &Adoption) -> SocketResult<Option<Mended>> {
        let [former, name] = [&adoption.former, &adoption.name].map(|name| self.inode(name));
        let is_missing = former.is_none() || name.is_none();
        if is_missing && lives(adoption.server) {
            self.mend(adoption)
        } else {
            Ok(None)
        }
    }

    /// Mends what happened to the two names of a live server; `None` where nothing had, or a person must settle it.
    pub(crate) fn mend(&self, adoption: &Adoption) -> SocketResult<Option<Mended>> {
        let Adoption {
            former,
            name,
            server,
            ..
        } = adoption;
        let at_former = self.occupancy(former);
        let at_name = self.occupancy(name);
        self.sweep(adoption)?;
        let (from, to, at_to) = match Health::of(adoption, &at_former, &at_name, lives(*server)) {
            Health::NameDead => (former, name, at_name),
            Health::FormerMissing | Health::Impostor(_) => (name, former, at_former),
            _ => return Ok(None),
        };
        let kept_as = self.give_name(*server, from, to, &at_to)?;
        let server = *server;
        let name = to.clone();
        Ok(Some(match (at_to, kept_as) {
            (Occupancy::Served(impostor), Some(kept_as)) => Mended::Displaced {
                server,
                name,
                impostor,
                kept_as,
            },
            _ => Mended::Renamed { server, name },
        }))
    }

    /// Makes the server at `from` reachable as `to`, too, and takes that back if it then is not. `at_to` is what was
    /// seen at `to`: nothing, a dead socket, or an impostor, who goes on under the name that is returned.
    ///
    /// Server 100 was started as `mosaic-factory`, and is to be reachable as `mosaic-fleet`:
    ///
    /// | at `mosaic-fleet` | done | afterwards |
    /// |---|---|---|
    /// | nothing | `link` | both names are one socket, and 100 answers at both |
    /// | a dead socket | `link` as `mosaic-fleet.mosaic-aside`, exchange, look, remove the aside | as above |
    /// | a server that was started since we looked | the same; it is what lies aside, so: exchange back | as before, and an error that names it |
    /// | the impostor 200 | `link` as `mosaic-fleet.impostor-200`, exchange, look | as above, and 200 answers at `mosaic-fleet.impostor-200` |
    ///
    /// At no moment does `mosaic-fleet` lead nowhere that led somewhere before. A kill between link and exchange
    /// leaves one more name of server 100 aside, which the next run uses, or [`Sockets::sweep`] removes.
    fn give_name(
        &self,
        server: Server,
        from: &str,
        to: &str,
        at_to: &Occupancy,
    ) -> SocketResult<Option<String>> {
        let root = Root::open(&self.directory)?;
        let (displaced, is_impostor) = match at_to {
            Occupancy::Free => return self.give_free_name(&root, server, from, to),
            Occupancy::Served(impostor) => (self.name_for_impostor(*impostor, from, to), true),
            _ => (aside(to), false),
        };
        self.exchange_for_link(&root, from, to, &displaced)?;
        // Where nobody answered when we looked, whoever answers now was faster.
        let faster = if is_impostor {
            None
        } else {
            Some(self.occupancy(&displaced)).filter(|displaced| *displaced != Occupancy::Stale)
        };
        let found = self.occupancy(to);
        if faster.is_none() && found == Occupancy::Served(server) {
            if is_impostor {
                return Ok(Some(displaced));
            }
            root.remove_file(&displaced)?;
            return Ok(None);
        }
        self.put_back(&root, from, to, &displaced)?;
        Err(match faster {
            None => self.unreached(server, to, found),
            Some(faster) => self.taken(server, to, faster),
        })
    }

    fn give_free_name(
        &self,
        root: &Root,
        server: Server,
        from: &str,
        to: &str,
    ) -> SocketResult<Option<String>> {
        link(root, from, to)?;
        let found = self.occupancy(to);
        if found == Occupancy::Served(server) {
            return Ok(None);
        }
        // It is another's where a server that was started meanwhile has bound it.
        if self.is_same(to, from) {
            root.remove_file(to)?;
        }
        Err(self.unreached(server, to, found))
    }

    /// The name under which an impostor goes on: a free one, or one that a run that was killed left for it.
    fn name_for_impostor(&self, impostor: Server, from: &str, to: &str) -> String {
        let first = format!("{to}.impostor-{}", impostor.pid);
        let others = (2..).map(|number| format!("{first}-{number}"));
        let is_usable = |name: &String| self.inode(name).is_none() || self.is_same(name, from);
        std::iter::once(first.clone())
            .chain(others)
            .find(is_usable)
            .unwrap_or(first)
    }

    /// Exchanges the holder of the name `to` for a link to `from`; the holder has the name `aside` then.
    fn exchange_for_link(&self, root: &Root, from: &str, to: &str, aside: &str) -> SocketResult {
        // A run that was killed may have left just this link.
        if !self.is_same(aside, from) {
            link(root, from, aside)?;
        }
        root.rename(aside, (root, to), Target::Exchanged)
            .or_else(|error| {
                root.remove_file(aside)?;
                Err(error.into())
            })
    }

    /// Takes an exchange for a link back, unless a server that was started meanwhile has bound the name.
    fn put_back(&self, root: &Root, from: &str, to: &str, aside: &str) -> SocketResult {
        if self.is_same(to, from) {
            root.rename(aside, (root, to), Target::Exchanged)?;
            root.remove_file(aside)?;
        }
        Ok(())
    }

    /// Removes the alias: it is dead, or leads where the former one does, also when looked at out of the way.
    fn take_away(
        &self,
        Adoption {
            former,
            name,
            server,
            ..
        }: &Adoption,
    ) -> SocketResult {
        let root = Root::open(&self.directory)?;
        let aside = aside(name);
        root.rename(name, (&root, &aside), Target::Free)?;
        if self.is_same(&aside, former) || self.occupancy(&aside).is_dead() {
            return Ok(root.remove_file(&aside)?);
        }
        root.rename(&aside, (&root, name), Target::Free)?;
        Err(self.taken(*server, name, self.occupancy(name)))
    }

    /// Removes what a run that was killed left: dead, or one more name of a server that has another.
    fn sweep(&self, Adoption { former, name, .. }: &Adoption) -> SocketResult {
        for leftover in [former, name].map(|name| aside(name)) {
            let has_another = self.is_same(&leftover, former) || self.is_same(&leftover, name);
            if has_another || self.occupancy(&leftover) == Occupancy::Stale {
                Root::open(&self.directory)?.remove_file(&leftover)?;
            }
        }
        Ok(())
    }

    /// Tells whether two names lead to the same socket.
    fn is_same(&self, one: &str, other: &str) -> bool {
        let socket = |name: &str| {
            let stat = outside::stat(&self.directory.join(name)).ok()?;
            Some((stat.dev(), stat.ino()))
        };
        socket(one).is_some_and(|one| Some(one) == socket(other))
    }

    /// Inode of a name; that of a link itself.
    fn inode(&self, name: &str) -> Option<u64> {
        outside::stat_link(&self.directory.join(name))
            .ok()
            .map(|found| found.ino())
    }

    fn unreached(&self, server: Server, name: &str, found: Occupancy) -> SocketError {
        SocketError::Unreached {
            server,
            socket: self.directory.join(name),
            found,
        }
    }

    fn taken(&self, server: Server, name: &str, found: Occupancy) -> SocketError {
        SocketError::Taken {
            server,
            socket: self.directory.join(name),
            found,
        }
    }
}

/// A hard link; where the file system has none, a symbolic one.
fn link(root: &Root, from: &str, to: &str) -> Result<(), DiskError> {
    root.link(from, (root, to))
        .or_else(|error| match error.errno() {
            Some(Errno::PERM | Errno::OPNOTSUPP | Errno::MLINK) => root.symlink(from, to),
            _ => Err(error),
        })
}

/// Name under which the holder of a name is looked at, out of the way.
fn aside(name: &str) -> String {
    format!("{name}.mosaic-aside")
}
