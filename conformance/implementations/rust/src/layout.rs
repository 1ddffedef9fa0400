//! The record layout (LAY-1): the fields, their order, names and types.

/// The rows of the layout, in its order; `Magic` and `End` hold no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Magic,
    CreatedAtMs,
    RunId,
    RandomSeed,
    AlgorithmName,
    AlgorithmParameters,
    ProblemDescription,
    ProblemParameters,
    AlgorithmSignatureHash,
    ProblemSignatureHash,
    StepStatePayload,
    SeedPayload,
    ElapsedMillis,
    Status,
    ErrorMessage,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Magic,
    U64,
    String,
    OptionString,
    Status,
    End,
}

/// LAY-2.
pub const MAGIC: &[u8; 4] = b"RCKP";

use Field::*;

impl Field {
    pub const LAYOUT: [Field; 16] = [
        Magic, CreatedAtMs, RunId, RandomSeed, AlgorithmName, AlgorithmParameters,
        ProblemDescription, ProblemParameters, AlgorithmSignatureHash, ProblemSignatureHash,
        StepStatePayload, SeedPayload, ElapsedMillis, Status, ErrorMessage, End,
    ];

    /// The fourteen that a record holds.
    pub fn of_record() -> &'static [Field] {
        const LAYOUT: [Field; 16] = Field::LAYOUT;
        &LAYOUT[1..15]
    }

    pub fn name(self) -> &'static str {
        match self {
            Magic => "magic",
            CreatedAtMs => "created_at_ms",
            RunId => "run_id",
            RandomSeed => "random_seed",
            AlgorithmName => "algorithm_name",
            AlgorithmParameters => "algorithm_parameters",
            ProblemDescription => "problem_description",
            ProblemParameters => "problem_parameters",
            AlgorithmSignatureHash => "algorithm_signature_hash",
            ProblemSignatureHash => "problem_signature_hash",
            StepStatePayload => "step_state_payload",
            SeedPayload => "seed_payload",
            ElapsedMillis => "elapsed_millis",
            Status => "status",
            ErrorMessage => "error_message",
            End => "end",
        }
    }

    pub fn type_(self) -> Type {
        match self {
            Magic => Type::Magic,
            CreatedAtMs | RandomSeed | AlgorithmSignatureHash | ProblemSignatureHash
            | ElapsedMillis => Type::U64,
            RunId | AlgorithmName | AlgorithmParameters | ProblemDescription
            | ProblemParameters | StepStatePayload => Type::String,
            SeedPayload | ErrorMessage => Type::OptionString,
            Status => Type::Status,
            End => Type::End,
        }
    }
}

/// TYPE-10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Running = 0,
    Completed = 1,
    Failed = 2,
    Interrupted = 3,
}

impl Status {
    pub const ALL: [Status; 4] =
        [Status::Running, Status::Completed, Status::Failed, Status::Interrupted];

    pub fn name(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::Interrupted => "interrupted",
        }
    }

    pub fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.name() == name)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub created_at_ms: u64,
    pub run_id: String,
    pub random_seed: u64,
    pub algorithm_name: String,
    pub algorithm_parameters: String,
    pub problem_description: String,
    pub problem_parameters: String,
    pub algorithm_signature_hash: u64,
    pub problem_signature_hash: u64,
    pub step_state_payload: String,
    pub seed_payload: Option<String>,
    pub elapsed_millis: u64,
    pub status: Status,
    pub error_message: Option<String>,
}
