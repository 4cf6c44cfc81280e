//! Numbers that read as text: most are never read, so the text is made by who reads it.

/// A number and the form of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    value: u64,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    Decimal,
    /// `0x` and so many digits.
    Hex(u8),
    /// So many hex digits.
    Octets(u8),
    /// MCC and MNC: the three octets of a PLMN identity as NAS has them (TS 24.501, 9.11.3.4).
    Plmn,
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The lower-case hex digit of the low half of `octet`.
pub(crate) fn digit(octet: u8) -> u8 {
    DIGITS.get(usize::from(octet & 0x0f)).copied().unwrap_or(b'0')
}

impl Number {
    pub fn decimal(value: u64) -> Self {
        Self { value, form: Form::Decimal }
    }

    pub fn hex(value: u64, digits: u8) -> Self {
        Self { value, form: Form::Hex(digits.min(16)) }
    }

    /// Up to eight octets.
    pub fn octets(octets: &[u8]) -> Option<Self> {
        let value = octets.iter().fold(0, |value, octet| value << 8 | u64::from(*octet));
        let digits = u8::try_from(octets.len()).ok().filter(|length| *length <= 8)? * 2;
        Some(Self { value, form: Form::Octets(digits) })
    }

    pub fn plmn([first, second, third]: [u8; 3]) -> Self {
        Self { value: u64::from(u32::from_be_bytes([0, first, second, third])), form: Form::Plmn }
    }

    pub fn value(self) -> u64 {
        self.value
    }

    pub fn text(self) -> Text {
        let mut text = Text { octets: [0; Text::LONGEST], length: 0 };
        match self.form {
            Form::Decimal => text.decimal(self.value),
            Form::Hex(digits) => {
                [b'0', b'x'].into_iter().for_each(|octet| text.push(octet));
                text.hex(self.value, digits);
            }
            Form::Octets(digits) => text.hex(self.value, digits),
            Form::Plmn => text.plmn(self.value),
        }
        text
    }
}

/// The text of a number.
pub struct Text {
    octets: [u8; Self::LONGEST],
    length: usize,
}

impl Text {
    const LONGEST: usize = 20;

    pub fn as_str(&self) -> &str {
        self.octets.get(..self.length).and_then(|octets| std::str::from_utf8(octets).ok()).unwrap_or_default()
    }

    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(self.length) {
            *place = octet;
            self.length += 1;
        }
    }

    fn hex(&mut self, value: u64, digits: u8) {
        (0..digits).rev().for_each(|place| self.push(digit((value >> (4 * place)) as u8)));
    }

    fn decimal(&mut self, value: u64) {
        let places = value.checked_ilog10().unwrap_or(0);
        (0..=places).rev().for_each(|place| self.push(digit((value / 10_u64.pow(place) % 10) as u8)));
    }

    fn plmn(&mut self, value: u64) {
        let half = |place: u32| (value >> (4 * place)) as u8 & 0x0f;
        // MCC 1, 2 and 3, MNC 1 and 2; then MNC 3, unless there is none.
        [4, 5, 2, 0, 1].into_iter().for_each(|place| self.push(digit(half(place))));
        if half(3) != 0x0f {
            self.push(digit(half(3)));
        }
    }
}
