//! Identity: what makes two runs alike, and its two hashes.

use crate::error::Error;
use crate::layout::Field;
use crate::value::Text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub algorithm_name: String,
    pub algorithm_parameters: String,
    pub problem_description: String,
    pub problem_parameters: String,
}

impl Identity {
    pub const FIELDS: [Field; 4] = [
        Field::AlgorithmName,
        Field::AlgorithmParameters,
        Field::ProblemDescription,
        Field::ProblemParameters,
    ];

    /// From the four texts in their order; refuses the first that is no string
    /// (IDENT-3, IDENT-6).
    pub fn from_texts(texts: &[Text; 4]) -> Result<Identity, Error> {
        let text = |n: usize| Ok(texts[n].string(Self::FIELDS[n])?.into_owned());
        Ok(Identity {
            algorithm_name: text(0)?,
            algorithm_parameters: text(1)?,
            problem_description: text(2)?,
            problem_parameters: text(3)?,
        })
    }

    /// IDENT-2: of the algorithm and of the problem.
    pub fn signature_hashes(&self) -> (u64, u64) {
        (
            joined_hash(&self.algorithm_name, &self.algorithm_parameters),
            joined_hash(&self.problem_description, &self.problem_parameters),
        )
    }
}

const OFFSET_BASIS: u64 = 0xCBF2_9CE4_8422_2325;
const PRIME: u64 = 0x100_0000_01B3;

/// IDENT-1: 64-bit FNV-1a.
pub fn stable_hash(text: &str) -> u64 {
    continue_hash(OFFSET_BASIS, text)
}

fn continue_hash(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

fn joined_hash(first: &str, second: &str) -> u64 {
    continue_hash(continue_hash(stable_hash(first), "|"), second)
}
