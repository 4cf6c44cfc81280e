//! What one end has asked and the other has not answered yet, of a protocol that numbers its requests.

use std::collections::VecDeque;

use xxhash_rust::xxh3::xxh3_64;

/// Requests kept that wait for their answers: Modbus clients keep 16 open at most, S7 jobs are fewer.
const MOST_OPEN: usize = 32;
/// Answered requests remembered, to know a second answer by.
const MOST_CLOSED: usize = 8;

/// How an answer stands to what was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<R> {
    Expected(R),
    /// Nothing known asked for it, but not all that was asked is known.
    Unsure,
    NoRequest,
    /// A second answer to one request, the same.
    Repeated,
    /// A second answer to one request, and not the same.
    Contradicting,
}

impl<R> Answer<R> {
    /// The request, and what is wrong with the answer.
    pub fn split(self) -> (Option<R>, Option<&'static str>) {
        match self {
            Self::Expected(request) => (Some(request), None),
            Self::Unsure => (None, None),
            Self::NoRequest => (None, Some("no_request")),
            Self::Repeated => (None, Some("repeated")),
            Self::Contradicting => (None, Some("contradicting")),
        }
    }
}

/// Open requests by key, oldest first; the same key may be open more than once.
#[derive(Debug)]
pub struct Transactions<K, R> {
    open: VecDeque<(K, R)>,
    closed: VecDeque<(K, u64)>,
    unsure: bool,
}

impl<K, R> Default for Transactions<K, R> {
    fn default() -> Self {
        Self { open: VecDeque::new(), closed: VecDeque::new(), unsure: false }
    }
}

impl<K: Copy + PartialEq, R> Transactions<K, R> {
    pub fn ask(&mut self, key: K, request: R) {
        if self.open.len() == MOST_OPEN {
            self.open.pop_front();
            self.unsure = true;
        }
        self.open.push_back((key, request));
    }

    /// Close the oldest request of this key, which `octets` answer.
    pub fn answer(&mut self, key: K, octets: &[u8]) -> Answer<R> {
        let digest = xxh3_64(octets);
        let at = self.open.iter().position(|(open, _)| *open == key);
        if let Some((_, request)) = at.and_then(|at| self.open.remove(at)) {
            if self.closed.len() == MOST_CLOSED {
                self.closed.pop_front();
            }
            self.closed.push_back((key, digest));
            self.unsure = false;
            return Answer::Expected(request);
        }
        match self.closed.iter().rev().find(|(closed, _)| *closed == key) {
            _ if self.unsure => Answer::Unsure,
            Some((_, known)) if *known == digest => Answer::Repeated,
            Some(_) => Answer::Contradicting,
            None => Answer::NoRequest,
        }
    }

    /// Have fetched what the next question or answer is held against.
    pub fn touch(&self) -> u64 {
        let digest = |closed: Option<&(K, u64)>| closed.map_or(0, |(_, digest)| *digest);
        let asked = self.open.front().is_some_and(|(key, _)| Some(*key) == self.open.back().map(|(key, _)| *key));
        u64::from(asked) ^ digest(self.closed.front()) ^ digest(self.closed.back())
    }

    /// Octets were lost: an answer without a request means nothing until one is answered again.
    pub fn lost(&mut self) {
        self.open.clear();
        self.closed.clear();
        self.unsure = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_expected_once_and_strange_twice() {
        let mut asked = Transactions::default();
        assert_eq!(asked.answer(1, b"a"), Answer::<char>::NoRequest);
        asked.ask(1, 'x');
        asked.ask(1, 'y');
        assert_eq!(asked.answer(1, b"a"), Answer::Expected('x'));
        assert_eq!(asked.answer(1, b"a"), Answer::Expected('y'));
        assert_eq!(asked.answer(1, b"a"), Answer::Repeated);
        assert_eq!(asked.answer(1, b"b"), Answer::Contradicting);
    }

    #[test]
    fn what_was_lost_is_not_held_against_the_other_end() {
        let mut asked = Transactions::default();
        asked.ask(1, 'x');
        asked.lost();
        assert_eq!(asked.answer(1, b"a"), Answer::Unsure);
        asked.ask(2, 'y');
        assert_eq!(asked.answer(2, b"a"), Answer::Expected('y'));
        assert_eq!(asked.answer(1, b"a"), Answer::NoRequest);
    }

    #[test]
    fn a_flood_of_requests_is_bounded() {
        let mut asked = Transactions::default();
        (0..1000).for_each(|key| asked.ask(key, ()));
        assert_eq!(asked.open.len(), MOST_OPEN);
        assert_eq!(asked.answer(1, b"a"), Answer::Unsure);
    }
}
