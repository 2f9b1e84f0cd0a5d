//! Whose a path is: the one matcher for copying, removing, explaining and undoing.

use semver::Version;

use crate::decide::plan::globs::{Collected, Globs};
use crate::decide::plan::residue::residue_of;
use crate::model::bundle::{DeclaredGlob, MANIFEST, Manifest};
use crate::model::path::RelPath;
use crate::model::place::TextFault;
use crate::model::record::Release;

/// The operator's own list of paths to keep away from, at the top of the home.
pub(crate) const PRESERVE_FILE: &str = ".mosaicpreserve";

/// Most globs in one list. Each is asked about each path: more of them would cost an update minutes.
const RULES_MAX: usize = 20_000;

/// Whose a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Kept in step with the bundle.
    Framework,
    /// Written once if absent, then the operator's.
    Seeded,
    /// The operator's.
    Preserved,
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Framework => "framework",
            Self::Seeded => "seeded",
            Self::Preserved => "preserved",
        })
    }
}

/// Who wrote a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The bundle's makers.
    Bundle,
    /// The operator.
    Operator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Preserve,
    Unpreserve,
    Seed,
}

/// A glob of a list, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// As written.
    pub text: String,
    /// The file it stands in.
    pub file: &'static str,
    /// The line in it, counted from 1.
    pub line: usize,
    /// Who wrote it.
    pub author: Author,
    effect: Effect,
}

/// A class and the rule that decided it; no rule means the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement<'a> {
    /// Whose the path is.
    pub class: Class,
    /// The rule, where one matched.
    pub rule: Option<&'a Rule>,
}

impl Judgement<'_> {
    /// Tells whether the operator's own list preserves the path.
    pub(crate) fn is_by_operator(&self) -> bool {
        let rule = self.rule;
        self.class == Class::Preserved && rule.is_some_and(|rule| rule.author == Author::Operator)
    }
}

/// All rules that hold in a home. In each list the last match wins; the operator's come after the
/// bundle's.
#[derive(Debug, Clone)]
pub(crate) struct Classes {
    globs: Globs,
    rules: Vec<Rule>,
}

impl Classes {
    /// The rules of a bundle, extended by the text of the operator's `.mosaicpreserve`.
    pub(crate) fn new(manifest: &Manifest, preserve_text: &str) -> Result<Self, TextFault> {
        let mut rules = Vec::new();
        let mut globs = Collected::default();
        let seed = manifest
            .seed
            .iter()
            .map(|declared| (declared, Effect::Seed));
        let preserve = manifest
            .preserve
            .iter()
            .map(|declared| (declared, Effect::Preserve));
        for (declared, effect) in seed.chain(preserve) {
            globs.add(declared, MANIFEST, &manifest.text)?;
            rules.push(rule(declared, effect, MANIFEST, Author::Bundle));
        }
        for mut declared in preserve_lines(preserve_text) {
            if rules.len() == RULES_MAX {
                return Err(too_many(declared, preserve_text));
            }
            let effect = match declared.glob.strip_prefix('!') {
                Some(_) => Effect::Unpreserve,
                None => Effect::Preserve,
            };
            let written = rule(&declared, effect, PRESERVE_FILE, Author::Operator);
            if effect == Effect::Unpreserve {
                declared.glob.remove(0);
            }
            globs.add(&declared, PRESERVE_FILE, preserve_text)?;
            rules.push(written);
        }
        let globs = globs.build()?;
        Ok(Self { globs, rules })
    }

    /// The operator's rules alone, for when no bundle is at hand.
    pub(crate) fn of_operator(preserve_text: &str) -> Result<Self, TextFault> {
        let release = Release {
            bundle: String::new(),
            version: Version::new(0, 0, 0),
        };
        let (preserve, seed, units) = (Vec::new(), Vec::new(), Vec::new());
        Self::new(
            &Manifest {
                release,
                preserve,
                seed,
                units,
                text: String::new(),
            },
            preserve_text,
        )
    }

    /// Whose a path is, and why.
    pub(crate) fn judge(&self, path: &RelPath) -> Judgement<'_> {
        // Of other tools: no rule takes it from them, and no record that an earlier program wrote.
        if residue_of(path.as_str()).is_some() {
            return Judgement {
                class: Class::Preserved,
                rule: None,
            };
        }
        self.last_match(path, |_| true)
    }

    /// Whose a path is by the bundle's own rules.
    pub(crate) fn judge_by_bundle(&self, path: &RelPath) -> Judgement<'_> {
        self.last_match(path, |rule| rule.author == Author::Bundle)
    }

    fn last_match(&self, path: &RelPath, counts: impl Fn(&Rule) -> bool) -> Judgement<'_> {
        let matched = self.globs.matches(path.as_str());
        let matching = || {
            matched
                .iter()
                .map(|glob| &self.rules[glob / 2])
                .filter(|rule| counts(rule))
        };
        let preserving = matching().filter(|rule| rule.effect != Effect::Seed).last();
        if let Some(rule) = preserving.filter(|rule| rule.effect == Effect::Preserve) {
            return Judgement {
                class: Class::Preserved,
                rule: Some(rule),
            };
        }
        match matching().filter(|rule| rule.effect == Effect::Seed).last() {
            Some(rule) => Judgement {
                class: Class::Seeded,
                rule: Some(rule),
            },
            None => Judgement {
                class: Class::Framework,
                rule: preserving,
            },
        }
    }
}

/// Globs of the paths that a bundle declares to be systemd units.
pub(crate) struct UnitGlobs(Globs);

impl UnitGlobs {
    /// Reads the globs of a bundle.
    pub(crate) fn new(manifest: &Manifest) -> Result<Self, TextFault> {
        let mut globs = Collected::default();
        manifest
            .units
            .iter()
            .try_for_each(|declared| globs.add(declared, MANIFEST, &manifest.text))?;
        Ok(Self(globs.build()?))
    }

    /// Tells whether a path is one.
    pub(crate) fn covers(&self, path: &RelPath) -> bool {
        self.0.is_match(path.as_str())
    }
}

fn too_many(declared: DeclaredGlob, preserve_text: &str) -> TextFault {
    TextFault {
        file: PRESERVE_FILE.to_owned(),
        text: preserve_text.to_owned(),
        span: declared.span,
        problem: format!("more than {RULES_MAX} globs"),
        remedy: Some("name the folder above them instead, and end the list before".to_owned()),
    }
}

fn rule(declared: &DeclaredGlob, effect: Effect, file: &'static str, author: Author) -> Rule {
    Rule {
        text: declared.glob.clone(),
        file,
        line: declared.line,
        author,
        effect,
    }
}

/// The globs of a `.mosaicpreserve`: gitignore's lines, comments and escapes.
fn preserve_lines(text: &str) -> impl Iterator<Item = DeclaredGlob> + '_ {
    let mut start = 0;
    text.split_inclusive('\n')
        .enumerate()
        .filter_map(move |(at, whole)| {
            let offset = start;
            start += whole.len();
            let line = whole.trim_end_matches(['\n', '\r']);
            let line = if at == 0 {
                line.trim_start_matches('\u{feff}')
            } else {
                line
            };
            let glob = trim_unescaped_spaces(line);
            if glob.is_empty() || glob.starts_with('#') {
                return None;
            }
            let begin = offset + whole.find(glob).unwrap_or(0);
            Some(DeclaredGlob {
                glob: glob.to_owned(),
                line: at + 1,
                span: begin..begin + glob.len(),
            })
        })
}

fn trim_unescaped_spaces(line: &str) -> &str {
    let trimmed = line.trim_end_matches([' ', '\t']);
    let backslashes = trimmed
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    let kept = if backslashes % 2 == 1 && trimmed.len() < line.len() {
        1
    } else {
        0
    };
    &line[..trimmed.len() + kept]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::bundle::manifest;

    fn classes(preserve_text: &str) -> Classes {
        let text = "name = \"m\"\nversion = \"1.0.0\"\npreserve = [\n\"fleet/*.yaml\",\n\"memory\",\n]\nseed = [\"SOUL.md\"]\n";
        Classes::new(&manifest::parse(text).unwrap(), preserve_text).unwrap()
    }

    fn judged(classes: &Classes, path: &str) -> (Class, Option<(&'static str, usize)>) {
        let path = RelPath::parse(path).unwrap();
        let judgement = classes.judge(&path);
        (
            judgement.class,
            judgement.rule.map(|rule| (rule.file, rule.line)),
        )
    }

    #[test]
    fn a_star_stops_at_a_slash_and_a_directory_covers_what_is_below() {
        let classes = classes("");
        let by_bundle = |line| Some((MANIFEST, line));
        assert_eq!(
            judged(&classes, "fleet/roster.yaml"),
            (Class::Preserved, by_bundle(4))
        );
        assert_eq!(
            judged(&classes, "fleet/examples/minimal.yaml"),
            (Class::Framework, None)
        );
        assert_eq!(
            judged(&classes, "memory/a/b/c"),
            (Class::Preserved, by_bundle(5))
        );
        assert_eq!(judged(&classes, "memory"), (Class::Preserved, by_bundle(5)));
        assert_eq!(judged(&classes, "memoryx"), (Class::Framework, None));
        assert_eq!(judged(&classes, "SOUL.md"), (Class::Seeded, by_bundle(7)));
    }

    #[test]
    fn the_operators_last_match_wins() {
        let classes = classes(
            "# mine\r\n/guides/**/*.md  \nguides/canary.md/\n!guides/canary.md\nSOUL.md\n\\#odd\n",
        );
        let by_me = |line| Some((PRESERVE_FILE, line));
        assert_eq!(
            judged(&classes, "guides/a/b.md"),
            (Class::Preserved, by_me(2))
        );
        assert_eq!(
            judged(&classes, "guides/b.md"),
            (Class::Preserved, by_me(2))
        );
        assert_eq!(
            judged(&classes, "guides/canary.md"),
            (Class::Framework, by_me(4))
        );
        assert_eq!(judged(&classes, "SOUL.md"), (Class::Preserved, by_me(5)));
        assert_eq!(judged(&classes, "#odd"), (Class::Preserved, by_me(6)));
        let soul = RelPath::parse("SOUL.md").unwrap();
        assert_eq!(classes.judge_by_bundle(&soul).class, Class::Seeded);
    }

    #[test]
    fn a_long_list_works_and_one_past_all_bounds_is_shown_where_it_ends() {
        let long = "**\n".repeat(10_000) + "!guides/a.md\n";
        let by_me = |line| Some((PRESERVE_FILE, line));
        let classes = classes(&long);
        assert_eq!(judged(&classes, "x/y"), (Class::Preserved, by_me(10_000)));
        assert_eq!(
            judged(&classes, "guides/a.md"),
            (Class::Framework, by_me(10_001))
        );
        let text = "name = \"m\"\nversion = \"1.0.0\"\n";
        let manifest = manifest::parse(text).unwrap();
        let longer = "a\n".repeat(RULES_MAX + 5);
        let fault = Classes::new(&manifest, &longer).unwrap_err();
        assert_eq!(
            (fault.file.as_str(), fault.line()),
            (PRESERVE_FILE, RULES_MAX + 1)
        );
    }

    #[test]
    fn a_glob_longer_than_any_path_is_shown_where_it_stands() {
        let text = "name = \"m\"\nversion = \"1.0.0\"\n";
        let manifest = manifest::parse(text).unwrap();
        let monster = "**[a-y]?".repeat(60_000);
        let fault = Classes::new(&manifest, &format!("a\n\n{monster}\nx\n")).unwrap_err();
        assert_eq!((fault.file.as_str(), fault.line()), (PRESERVE_FILE, 3));
        assert!(fault.problem.contains("4096 bytes"), "{}", fault.problem);
    }

    #[test]
    fn what_other_tools_leave_is_the_operators_whatever_a_rule_says() {
        let classes = classes("!.git\n!**\n");
        assert_eq!(judged(&classes, ".git/HEAD"), (Class::Preserved, None));
        assert_eq!(judged(&classes, "guides/a.md~"), (Class::Preserved, None));
    }

    #[test]
    fn a_bad_glob_is_shown_where_it_stands() {
        let text = "name = \"m\"\nversion = \"1.0.0\"\n";
        let manifest = manifest::parse(text).unwrap();
        for (preserve, place) in [
            ("ok\n[z-\n", (2, 1)),
            ("a\n\n../x\n", (3, 1)),
            ("!\n", (1, 1)),
        ] {
            let fault = Classes::new(&manifest, preserve).unwrap_err();
            assert_eq!((fault.line(), fault.column()), place, "{preserve:?}");
            assert_eq!(fault.file, PRESERVE_FILE);
        }
    }
}
