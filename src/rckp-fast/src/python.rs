//! The module for Python. `rckp.format.accelerator` is its only user.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString, PyTuple, PyType};

use crate::layout::{self, STATUS_NAMES};
use crate::scan::{scan, well_formed_prefix, Value, Values};

/// Below this number of bytes, a buffer that is not `bytes` is copied and decoded here.
const COPY_BELOW: usize = 32768;

/// What `scan` of Python returns for invalid bytes: code, field, offset, the number of bytes that
/// a truncated part takes, of those that are there, and of those to highlight.
type Found = (
    &'static str,
    &'static str,
    usize,
    Option<usize>,
    Option<usize>,
    usize,
);

/// Call a function with the bytes of an object, which must not run code of Python.
///
/// Return None for an object whose bytes are not in one piece, or are items of another type.
fn with_bytes<T>(data: &Bound<'_, PyAny>, function: impl FnOnce(&[u8]) -> T) -> Option<T> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Some(function(bytes.as_bytes()));
    }
    let buffer = PyBuffer::<u8>::get(data).ok()?;
    if !buffer.is_c_contiguous() {
        return None;
    }
    if buffer.len_bytes() == 0 {
        return Some(function(&[])); // its pointer may be null
    }
    // SAFETY: the buffer is contiguous, has items of one byte, and is released after the call.
    // `function` runs no code of Python and does not release the interpreter's lock, so nobody
    // writes to the buffer meanwhile.
    let bytes =
        unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast::<u8>(), buffer.len_bytes()) };
    Some(function(bytes))
}

/// Objects of `rckp` that every record needs.
struct Names {
    new: Py<PyAny>,
    record: Py<PyType>,
    statuses: Vec<Py<PyAny>>,
    decode: Py<PyAny>,
    decode_or_none: Py<PyAny>,
}

impl Names {
    fn get(py: Python<'_>) -> PyResult<&'static Names> {
        static NAMES: PyOnceLock<Names> = PyOnceLock::new();
        NAMES.get_or_try_init(py, || {
            let module = py.import("rckp.format.record")?;
            let status = module.getattr("CheckpointRunStatus")?;
            let codec = py.import("rckp.format._codec")?;
            Ok(Names {
                new: py.get_type::<PyTuple>().getattr("__new__")?.unbind(),
                record: module
                    .getattr("CheckpointRecord")?
                    .cast_into::<PyType>()?
                    .unbind(),
                statuses: STATUS_NAMES
                    .iter()
                    .map(|name| Ok(status.call1((*name,))?.unbind()))
                    .collect::<PyResult<_>>()?,
                decode: codec.getattr("decode")?.unbind(),
                decode_or_none: codec.getattr("decode_or_none")?.unbind(),
            })
        })
    }
}

/// Return the record, by `tuple.__new__` of its class.
fn record<'py>(py: Python<'py>, values: &Values<'_>) -> PyResult<Bound<'py, PyAny>> {
    let names = Names::get(py)?;
    let fields = values
        .iter()
        .map(|value| {
            Ok(match value {
                Value::Absent => py.None(),
                Value::Integer(number) => number.into_pyobject(py)?.into_any().unbind(),
                Value::Text(text) => PyString::new(py, text).into_any().unbind(),
                Value::Status(byte) => names.statuses[usize::from(*byte)].clone_ref(py),
            })
        })
        .collect::<PyResult<Vec<_>>>()?;
    names
        .new
        .bind(py)
        .call1((names.record.bind(py), PyTuple::new(py, fields)?))
}

enum Decoded<'py> {
    Record(Bound<'py, PyAny>),
    Invalid,
    /// A buffer that is left to the functions in Python.
    Unknown,
}

fn decoded<'py>(data: &Bound<'py, PyAny>) -> PyResult<Decoded<'py>> {
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return decoded_bytes(data.py(), bytes.as_bytes());
    }
    // A record takes objects, and to make one may run code that writes to the buffer.
    let copy = with_bytes(data, |bytes| {
        (bytes.len() < COPY_BELOW).then(|| bytes.to_vec())
    });
    match copy.flatten() {
        Some(copy) => decoded_bytes(data.py(), &copy),
        None => Ok(Decoded::Unknown),
    }
}

fn decoded_bytes<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Decoded<'py>> {
    match scan(bytes) {
        Ok(values) => Ok(Decoded::Record(record(py, &values)?)),
        Err(_) => Ok(Decoded::Invalid),
    }
}

/// The compiled functions of `rckp.format._codec` and `rckp.format.scan`.
#[pymodule]
mod rckp_fast {
    use super::*;

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The digest of the layout that the module was generated from.
    #[pymodule_export]
    const LAYOUT_SHA256: &str = layout::LAYOUT_SHA256;

    /// As `rckp.format._codec.decode`, which finds the reason if the bytes are invalid.
    #[pyfunction]
    #[pyo3(signature = (data, /))]
    fn decode<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match decoded(data)? {
            Decoded::Record(record) => Ok(record),
            Decoded::Invalid | Decoded::Unknown => {
                Names::get(data.py())?.decode.bind(data.py()).call1((data,))
            }
        }
    }

    /// As `rckp.format._codec.decode_or_none`.
    #[pyfunction]
    #[pyo3(signature = (data, /))]
    fn decode_or_none<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        match decoded(data)? {
            Decoded::Record(record) => Ok(record),
            Decoded::Invalid => Ok(py.None().into_bound(py)),
            Decoded::Unknown => Names::get(py)?.decode_or_none.bind(py).call1((data,)),
        }
    }

    /// Return the error of the bytes, or None if they are valid: code, field, offset, wanted and
    /// available bytes of a truncated part or None, and the number of bytes to highlight.
    ///
    /// Raise `BufferError` for a buffer that is not of bytes in one piece.
    #[pyfunction]
    #[pyo3(signature = (data, /))]
    fn first_error(data: &Bound<'_, PyAny>) -> PyResult<Option<Found>> {
        let found = with_bytes(data, |bytes| scan(bytes).err()).ok_or_else(not_plain)?;
        Ok(found.map(|error| {
            let (wanted, available) = error.bytes.unzip();
            (
                error.code,
                error.field,
                error.offset,
                wanted,
                available,
                error.length,
            )
        }))
    }

    /// Return the number of bytes, from the first on, that are whole well-formed sequences of
    /// UTF-8.
    ///
    /// Raise `BufferError` for a buffer that is not of bytes in one piece.
    #[pyfunction(name = "well_formed_prefix")]
    #[pyo3(signature = (data, /))]
    fn python_well_formed_prefix(data: &Bound<'_, PyAny>) -> PyResult<usize> {
        with_bytes(data, well_formed_prefix).ok_or_else(not_plain)
    }

    fn not_plain() -> PyErr {
        pyo3::exceptions::PyBufferError::new_err("not a contiguous buffer of bytes")
    }
}
