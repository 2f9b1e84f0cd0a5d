//! A three-way merge of texts whose lines stay where they are: each line is one side's or the other's.

/// Whether a content is text.
pub fn is_text(content: &[u8]) -> bool {
    !content.contains(&0) && std::str::from_utf8(content).is_ok()
}

/// What comes of both sides over their base; nothing where they contradict each other.
pub fn join(base: &[u8], mine: &[u8], theirs: &[u8]) -> Option<Vec<u8>> {
    let all = [base, mine, theirs];
    if !all.iter().all(|content| is_text(content)) {
        return None;
    }
    if mine == theirs || theirs == base {
        return Some(mine.to_vec());
    }
    if mine == base {
        return Some(theirs.to_vec());
    }
    let [base, mine, theirs] = all.map(|content| content.split_inclusive(|byte| *byte == b'\n'));
    let [base, mine, theirs] = [base, mine, theirs].map(Iterator::collect::<Vec<_>>);
    if base.len() != mine.len() || base.len() != theirs.len() {
        return None;
    }
    let lines = base.iter().zip(&mine).zip(&theirs);
    let joined: Option<Vec<&[u8]>> = lines
        .map(|((base, mine), theirs)| match () {
            () if mine == theirs || theirs == base => Some(*mine),
            () if mine == base => Some(*theirs),
            () => None,
        })
        .collect();
    joined.map(|lines| lines.concat())
}
