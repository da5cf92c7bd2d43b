//! Who may command a runner: a director signs each command with a key of its own, and a runner obeys the keys that it lists.
//! Rights on the bus are the outer wall; this is the inner one, which holds where the bus is open to all.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, ED25519_PUBLIC_KEY_LEN, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use speed_kings_system::atomic_file;
use speed_kings_system::input;

/// The file of the director's key in the folder of the user's settings.
const FILE: &str = "director.key";
/// What a public key begins with where it is written.
const PREFIX: &str = "ed25519:";
/// The longest file of a key.
const LONGEST_FILE: u64 = 4 << 10;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file can't be read or written.
    #[error("cannot use the director's key {}: {source}", path.display())]
    File {
        /// Path of the key's file.
        path: PathBuf,
        /// The error that the system reported.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{} holds no key: delete it, and the next command makes a new one, which runners have to be told", .0.display())]
    Damaged(PathBuf),
    /// Nobody says where the settings are.
    #[error("there is no place for the director's key: neither XDG_CONFIG_HOME nor HOME says where")]
    Nowhere,
    /// The system gave no randomness.
    #[error("cannot make a key: the system gave no random numbers")]
    Random,
}

/// The key that a director signs with. It is never shown.
pub struct DirectorKey(Ed25519KeyPair);

impl fmt::Debug for DirectorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DirectorKey({})", self.public())
    }
}

impl DirectorKey {
    /// A new key, which is kept nowhere.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn fresh() -> Result<Self, IdentityError> {
        Ok(Self::made()?.0)
    }

    fn made() -> Result<(Self, Vec<u8>), IdentityError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| IdentityError::Random)?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| IdentityError::Random)?;
        Ok((Self(pair), document.as_ref().to_vec()))
    }

    /// The key in the folder `config` of the user's settings, made when there is none.
    ///
    /// # Errors
    /// When it can't be read or written, or is none.
    pub fn kept_in(config: Option<&Path>) -> Result<Self, IdentityError> {
        let folder = config.ok_or(IdentityError::Nowhere)?;
        let path = folder.join(FILE);
        let file = |source| IdentityError::File { path: path.clone(), source };
        match input::read_text(&path, LONGEST_FILE) {
            Ok(text) => {
                let bytes = STANDARD_NO_PAD.decode(text.trim()).map_err(|_| IdentityError::Damaged(path.clone()))?;
                let pair = Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| IdentityError::Damaged(path.clone()))?;
                Ok(Self(pair))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let (key, document) = Self::made()?;
                atomic_file::folder(folder).map_err(file)?;
                atomic_file::replace(&path, format!("{}\n", STANDARD_NO_PAD.encode(document)).as_bytes())
                    .map_err(file)?;
                Ok(key)
            }
            Err(error) => Err(file(error)),
        }
    }

    /// What runners are told, so that they obey.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; ED25519_PUBLIC_KEY_LEN];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// `command` with this key's signature under it.
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn sign(&self, command: &impl Serialize) -> serde_json::Result<Vec<u8>> {
        let body = serde_json::to_string(command)?;
        let signature = STANDARD_NO_PAD.encode(self.0.sign(body.as_bytes()));
        serde_json::to_vec(&SignedCommand { director: self.public(), signature, body })
    }
}

/// The public half of a director's key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; ED25519_PUBLIC_KEY_LEN]);

/// What is no public key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid director key '{0}': expected {PREFIX} and 43 characters, as `speed-kings fleet --key` prints it")]
pub struct PublicKeyError(String);

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let decoded = text.trim().strip_prefix(PREFIX).and_then(|rest| STANDARD_NO_PAD.decode(rest).ok());
        let bytes = decoded.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| PublicKeyError(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = PublicKeyError;

    fn try_from(text: String) -> Result<Self, PublicKeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A command as it goes over the bus: what is signed is the very text that is read.
#[derive(Serialize, Deserialize)]
struct SignedCommand {
    director: PublicKey,
    signature: String,
    body: String,
}

/// Whom a runner obeys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ObeyedDirectors {
    /// Whoever signs: only on a bus of this machine alone.
    Any,
    /// Those with these keys.
    Listed(Vec<PublicKey>),
}

/// Why a command is not obeyed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// It can't be read.
    #[error("the command cannot be read")]
    Unreadable,
    /// Its signature is not that of the key that it names.
    #[error("the command's signature is wrong")]
    Forged,
    /// The runner does not obey that key.
    #[error("this runner does not obey the director {0}: start it with --director {0}")]
    Unlisted(PublicKey),
}

impl ObeyedDirectors {
    /// The command in `message`, if one of these directors signed it.
    ///
    /// # Errors
    /// Why it is not obeyed.
    pub fn read<T: DeserializeOwned>(&self, message: &[u8]) -> Result<T, CommandError> {
        let signed: SignedCommand = serde_json::from_slice(message).map_err(|_| CommandError::Unreadable)?;
        let signature = STANDARD_NO_PAD.decode(&signed.signature).map_err(|_| CommandError::Forged)?;
        let key = UnparsedPublicKey::new(&ED25519, signed.director.0);
        key.verify(signed.body.as_bytes(), &signature).map_err(|_| CommandError::Forged)?;
        if let Self::Listed(keys) = self
            && !keys.contains(&signed.director)
        {
            return Err(CommandError::Unlisted(signed.director));
        }
        serde_json::from_str(&signed.body).map_err(|_| CommandError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("settings");
        let first = DirectorKey::kept_in(Some(&config)).unwrap().public();
        assert_eq!(DirectorKey::kept_in(Some(&config)).unwrap().public(), first);
        assert_eq!(first.to_string().parse::<PublicKey>().unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(config.join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        std::fs::write(config.join(FILE), "x").unwrap();
        assert!(matches!(DirectorKey::kept_in(Some(&config)), Err(IdentityError::Damaged(_))));
    }

    #[test]
    fn only_what_a_listed_director_signed_is_obeyed() {
        let (mine, other) = (DirectorKey::fresh().unwrap(), DirectorKey::fresh().unwrap());
        let obeyed = ObeyedDirectors::Listed(vec![mine.public()]);
        let signed = mine.sign(&"stop").unwrap();
        assert_eq!(obeyed.read::<String>(&signed).as_deref(), Ok("stop"));
        assert_eq!(obeyed.read::<String>(&other.sign(&"stop").unwrap()), Err(CommandError::Unlisted(other.public())));
        assert_eq!(ObeyedDirectors::Any.read::<String>(&other.sign(&"stop").unwrap()).as_deref(), Ok("stop"));
        let text = String::from_utf8(signed).unwrap();
        let changed = text.replace("stop", "post");
        assert_eq!(obeyed.read::<String>(changed.as_bytes()), Err(CommandError::Forged));
        let borrowed = text.replace(&mine.public().to_string(), &other.public().to_string());
        assert_eq!(ObeyedDirectors::Any.read::<String>(borrowed.as_bytes()), Err(CommandError::Forged));
        assert_eq!(obeyed.read::<String>(b"{}"), Err(CommandError::Unreadable));
    }
}
